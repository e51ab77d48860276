import { type Fixtures, object } from "../testing/fixtures";
import { clusters } from "./clusters";

const provider = (inputs: object, type = "kubernetes") => object({ ...inputs }, { type: `pulumi:providers:${type}` });
const place = "stacks/Pulumi.trade.yaml: baas:network: provider unnamed:";
const instead =
  "Use the provider of components/kubernetes/cluster.ts, whose context stacks/environments/bank.yaml names";

export const fixtures: Fixtures = {
  policy: clusters,
  bad: [
    {
      title: "a provider of another cluster",
      objects: [
        provider({ context: "production", clusterIdentifier: "production" }),
        provider({ context: "bank", clusterIdentifier: "production" }),
        provider({ context: "bank", kubeconfig: "/tmp/other" }),
      ],
      messages: [
        `${place} context "production" is not that of the environment. ${instead}`,
        `${place} clusterIdentifier "production" is another cluster than its context. ${instead}`,
        `${place} it has a kubeconfig of its own. ${instead}`,
      ],
    },
    {
      title: "a provider of whatever cluster there is",
      objects: [provider({ version: "4.24.0" })],
      messages: [`${place} it names no context, so it works on whatever cluster the user is in. ${instead}`],
    },
    {
      title: "settings that the product does not use",
      objects: [provider({ context: "bank", namespace: "kube-system" }), provider({ host: "tcp://a:2375" }, "docker")],
      messages: ["namespace", "host"].map(
        (key) => `${place} "${key}" may lead elsewhere, and the product does not set it. ${instead}`,
      ),
    },
  ],
  good: [
    {
      title: "the providers of the product",
      objects: [
        provider({ context: "bank", clusterIdentifier: "bank", kubeconfig: "", enableServerSideApply: "true" }),
        provider({ version: "4.0.0" }, "docker"),
        provider({}, "random"),
      ],
      messages: [],
    },
    {
      title: "a context that the environment allows",
      objects: [provider({ context: "backup" })],
      settings: { contexts: ["backup"] },
      messages: [],
    },
  ],
};

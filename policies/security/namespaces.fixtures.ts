import { type Fixtures, object, peer } from "../testing/fixtures";
import { nodeExporter, ofMachines } from "../testing/nodeExporter";
import { namespaces } from "./namespaces";

const place = "stacks/Pulumi.trade.yaml: baas:network:";
const orAllow = "or allow it by policies.security-namespaces.allowed in stacks/environments/bank.yaml";
const configMap = (namespace: string | undefined, data: object = {}) =>
  object({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "any", ...(namespace && { namespace }) }, data });
const namespace = (name: string) => object({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
const issuer = object({ apiVersion: "cert-manager.io/v1", kind: "ClusterIssuer", metadata: { name: "any" }, spec: {} });
const manifest = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "inner", namespace: "kube-system" } };

export const fixtures: Fixtures = {
  policy: namespaces,
  bad: [
    {
      title: "an object of Kubernetes' own namespace, of the platform's and of another network's",
      objects: ["kube-system", "baas-platform", "loans"].map((name) => configMap(name)),
      messages: ["kube-system", "baas-platform", "loans"].map(
        (name) =>
          `${place} ConfigMap ${name}/any: "${name}" is not the namespace of the stack. Put it into "trade", ${orAllow}`,
      ),
    },
    {
      title: "an object without a namespace",
      objects: [configMap(undefined), issuer],
      messages: ["ConfigMap any", "ClusterIssuer any"].map(
        (name) =>
          `${place} ${name}: it names no namespace, and would be in that of the user's context. Put it into "trade"`,
      ),
    },
    {
      title: "another Namespace",
      objects: [namespace("loans")],
      messages: [`${place} Namespace loans: it is not the namespace of the stack. Declare "trade" only, ${orAllow}`],
    },
    {
      title: "a manifest inside an object",
      objects: [configMap("trade", { "a.yaml": JSON.stringify(manifest) })],
      messages: [
        `${place} ConfigMap kube-system/inner in data.a.yaml of ConfigMap trade/any: "kube-system" is not the namespace of the stack. Put it into "trade", ${orAllow}`,
      ],
    },
    {
      title: "an object of a platform in a network's namespace",
      objects: [
        object(
          { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "any", namespace: "trade" } },
          { stack: "platform-bank" },
        ),
      ],
      messages: [
        `stacks/Pulumi.platform-bank.yaml: baas:platform: ServiceAccount trade/any: "trade" is not the namespace of the stack. Put it into "baas-platform", ${orAllow}`,
      ],
    },
  ],
  good: [
    { title: "the namespace of node-exporter", objects: [ofMachines(), nodeExporter()], messages: [] },
    {
      title: "objects of the stack's namespace",
      objects: [peer(), configMap("trade"), namespace("trade")],
      messages: [],
    },
    {
      title: "what is in no namespace, and what the environment allows",
      objects: [
        object({ apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name: "any" } }),
        configMap("monitoring"),
        namespace("monitoring"),
        issuer,
      ],
      settings: { allowed: ["monitoring"], clusterWide: ["cert-manager.io/v1 ClusterIssuer"] },
      messages: [],
    },
  ],
};

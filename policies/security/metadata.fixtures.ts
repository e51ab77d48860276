import { type Fixtures, labels, object, peer, podSpec } from "../testing/fixtures";
import { metadata } from "./metadata";

const of = "stacks/Pulumi.trade.yaml: baas:network.organizations[0]: StatefulSet trade/peer0-org1:";
const orAllow = "or allow it by policies.security-metadata.allowed in stacks/environments/bank.yaml";
const annotated = (annotations: object) =>
  peer({ template: { metadata: { labels: labels("peer", "org1", "peer0-org1"), annotations }, spec: podSpec() } });
const configMap = (fields: object) =>
  object({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", namespace: "trade", ...fields } });
const place = "stacks/Pulumi.trade.yaml: baas:network: ConfigMap trade/a:";

export const fixtures: Fixtures = {
  policy: metadata,
  bad: [
    {
      title: "a second network of pods",
      objects: [annotated({ "k8s.v1.cni.cncf.io/networks": "any" })],
      messages: [
        `${of} annotation k8s.v1.cni.cncf.io/networks of its pods tells others than the product what to do. Leave it out in the program, ${orAllow}`,
      ],
    },
    {
      title: "another network's label, a finalizer and an owner",
      objects: [
        configMap({
          labels: { "baas.io/network": "loans" },
          finalizers: ["example.com/a"],
          ownerReferences: [{ kind: "Node", name: "a" }],
        }),
      ],
      messages: [
        `${place} label baas.io/network is "loans", which is not the network of the stack. Leave it out in the program`,
        `${place} metadata.finalizers makes another program, or none, decide when it goes. Leave it out in the program`,
        `${place} metadata.ownerReferences makes another program, or none, decide when it goes. Leave it out in the program`,
      ],
    },
  ],
  good: [
    {
      title: "what nobody acts on",
      objects: [
        annotated({ team: "payments", "example.com/contact": "a", "baas.io/configuration-hash": "a" }),
        configMap({ annotations: { "pulumi.com/skipAwait": "true" }, labels: labels("peer") }),
      ],
      messages: [],
    },
    {
      title: "keys and domains that the environment allows",
      objects: [annotated({ "prometheus.io/scrape": "true", "sidecar.istio.io/inject": "false" })],
      settings: { allowed: ["prometheus.io/", "sidecar.istio.io/inject"] },
      messages: [],
    },
  ],
};

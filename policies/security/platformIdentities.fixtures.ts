import { type Fixtures, object } from "../testing/fixtures";
import { platformIdentities } from "./platformIdentities";

const identity = (enrolmentId: string, issuer?: string, { stack = "trade", namespace = "trade" } = {}) =>
  object(
    {
      apiVersion: "baas.io/v1alpha1",
      kind: "Identity",
      metadata: { name: "orderer0-orderer-kafka", namespace },
      spec: { certificateAuthority: "platform-ca", issuer, enrolmentId, type: "client" },
    },
    { stack },
  );
const platform = { stack: "platform-bank", namespace: "baas-platform" };
const authority = (stack: string, namespace: string) =>
  object(
    {
      apiVersion: "baas.io/v1alpha1",
      kind: "CertificateAuthority",
      metadata: { name: "platform-ca", namespace },
      spec: { organization: "platform", domain: stack, scope: "platform", url: "https://platform-ca:7054" },
    },
    { stack },
  );
const place = "stacks/Pulumi.trade.yaml: baas:network: Identity trade/orderer0-orderer-kafka:";
const refused = (enrolmentId: string) =>
  `${place} enrolmentId "${enrolmentId}" at the platform's CA "kafka" is no name of namespace "trade". Make it "<name>.trade", with a name without dots, in the program`;

export const fixtures: Fixtures = {
  policy: platformIdentities,
  bad: [
    {
      title: "the name of another network's orderer",
      objects: [identity("orderer0-orderer.loans", "kafka")],
      messages: [refused("orderer0-orderer.loans")],
    },
    {
      title: "the name of a broker",
      objects: [identity("kafka0.baas-platform", "kafka"), identity("kafka0", "kafka")],
      messages: [refused("kafka0.baas-platform"), refused("kafka0")],
    },
    {
      title: "a network's reader of metrics",
      objects: [identity("reader.trade", "operations")],
      messages: [
        `${place} a certificate of the platform's CA "operations" reads the metrics of all networks: only the platform has one. Leave it out in the program`,
      ],
    },
    {
      title: "a name whose end only looks like the namespace's",
      objects: [
        identity("orderer0.loans.trade", "kafka"),
        identity("orderer0.mytrade", "kafka"),
        identity(".trade", "kafka"),
      ],
      messages: [refused("orderer0.loans.trade"), refused("orderer0.mytrade"), refused(".trade")],
    },
    {
      title: "a network's CA that says that it is the platform's",
      objects: [authority("trade", "trade")],
      messages: [
        "stacks/Pulumi.trade.yaml: baas:network: CertificateAuthority trade/platform-ca: it says that it has the platform's CAs. Leave spec.scope out in the program",
      ],
    },
  ],
  good: [
    {
      title: "names of its own namespace, and any name at the CAs of its organization",
      objects: [identity("orderer0-orderer.trade", "kafka"), identity("peer0")],
      messages: [],
    },
    {
      title: "the platform's reader of metrics",
      objects: [identity("monitoring.baas-platform", "operations", platform)],
      messages: [],
    },
    { title: "the platform's CA", objects: [authority("platform-bank", "baas-platform")], messages: [] },
  ],
};

import { container, type Fixtures, labels, object, peer, podSpec } from "../testing/fixtures";
import { certificateNames } from "./certificateNames";

const enrolled = (hosts: string) =>
  peer({}, podSpec({ initContainers: [container({ name: "enrol", env: [{ name: "ENROL_HOSTS", value: hosts }] })] }));
const service = (name: string, spec: object = {}) =>
  object({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace: "trade" },
    spec: { selector: labels("peer", "org1"), ...spec },
  });
const channel = (address: string, endpoint = address) =>
  object({
    apiVersion: "baas.io/v1alpha1",
    kind: "Channel",
    metadata: { name: "trades", namespace: "trade" },
    spec: {
      name: "trades",
      ordering: { consenters: [{ name: "orderer0", address, endpoint }] },
      organizations: [{ name: "org1", peers: [{ name: "peer0", address }], anchorPeers: [endpoint] }],
    },
  });
const authority = object({
  apiVersion: "baas.io/v1alpha1",
  kind: "CertificateAuthority",
  metadata: { name: "ca", namespace: "trade", labels: labels("certificate-authority", "org2") },
  spec: { url: "https://ca-org2.trade.svc:7054" },
});
const name = "peer0-org1.trade.svc";
const place = "stacks/Pulumi.trade.yaml: baas:network";

export const fixtures: Fixtures = {
  policy: certificateNames,
  bad: [
    {
      title: "a Service whose name the certificate lacks",
      objects: [enrolled(`localhost,${name}`), service("peer0-org1"), service("peers-org1")],
      messages: [
        `${place}.organizations[0]: StatefulSet trade/peer0-org1: its certificate lacks "peers-org1.trade.svc", the name of Service trade/peers-org1 in front of it. Add it to the hosts in the program`,
      ],
    },
    {
      title: "addresses that no certificate carries",
      objects: [enrolled(name), channel(`${name}:7051`, "peer0.example.com:30443"), authority],
      messages: [
        `${place}.channels[0]: Channel trade/trades: it sends others to "peer0.example.com", which no certificate of the stack carries. Add it to the hosts in model/network/planNetwork.ts`,
        `${place}.organizations[1]: CertificateAuthority trade/ca: it sends others to "ca-org2.trade.svc", which no certificate of the stack carries. Add it to the hosts in model/network/planNetwork.ts`,
      ],
    },
  ],
  good: [
    {
      title: "every name",
      objects: [
        enrolled(`localhost,${name},ca-org2.trade.svc`),
        service("peer0-org1"),
        service("peer0-org1-headless", { clusterIP: "None" }),
        service("others", { selector: labels("orderer") }),
        channel(`${name}:7051`),
        authority,
      ],
      messages: [],
    },
    { title: "a stack in which nobody enrols", objects: [service("any"), peer()], messages: [] },
  ],
};

import { type Fixtures, object, peer, podSpec } from "../testing/fixtures";
import { storageNeverShrinks } from "./storageNeverShrinks";

// In testdata/project/.baas/state/trade.json, peer0-org1 was applied with 10Gi.
const volume = (storage: string, name = "peer0-org1") =>
  peer(
    { volumeClaimTemplates: [{ metadata: { name: "data" }, spec: { resources: { requests: { storage } } } }] },
    podSpec(),
    name,
  );

// In testdata/project/.baas/state/platform-bank.json, kafka0 was applied with 10Gi.
const ofBroker = { "app.kubernetes.io/component": "kafka" };
const broker = (storage: string) =>
  object(
    {
      ...{ apiVersion: "apps/v1", kind: "StatefulSet" },
      metadata: { name: "kafka0", namespace: "baas-platform", labels: ofBroker },
      spec: {
        template: { metadata: { labels: ofBroker }, spec: podSpec() },
        volumeClaimTemplates: [{ metadata: { name: "data" }, spec: { resources: { requests: { storage } } } }],
      },
    },
    { stack: "platform-bank", component: "Kafka" },
  );

export const fixtures: Fixtures = {
  policy: storageNeverShrinks,
  bad: [
    {
      title: "a volume that is smaller than it was",
      objects: [volume("9Gi")],
      messages: [
        'stacks/Pulumi.trade.yaml: baas:network.organizations[0].peerStorage: StatefulSet trade/peer0-org1: volume "data" would be 9Gi, and has been 10Gi since the last apply. Write 10Gi, or more',
      ],
    },
    {
      title: "a broker's volume that is smaller than it was",
      objects: [broker("5Gi")],
      messages: [
        'stacks/Pulumi.platform-bank.yaml: baas:platform.kafka.storage: StatefulSet baas-platform/kafka0: volume "data" would be 5Gi, and has been 10Gi since the last apply. Write 10Gi, or more',
      ],
    },
  ],
  good: [
    {
      title: "a volume of the same size or more",
      objects: [volume("10Gi"), volume("10240Mi"), volume("11Gi")],
      messages: [],
    },
    { title: "a volume that was not there", objects: [volume("1Gi", "peer1-org1")], messages: [] },
  ],
};

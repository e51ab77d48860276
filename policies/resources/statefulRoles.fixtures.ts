import { type Fixtures, labels, object, peer, workload } from "../testing/fixtures";
import { statefulRoles } from "./statefulRoles";

const place = "stacks/Pulumi.trade.yaml: baas:network.organizations[0]";
const of = `${place}: StatefulSet trade/peer0-org1:`;
const claim = (spec: object) => ({ volumeClaimTemplates: [{ metadata: { name: "data" }, spec }] });
const size = { resources: { requests: { storage: "1Gi" } } };
const good = { accessModes: ["ReadWriteOnce"], ...size };

export const fixtures: Fixtures = {
  policy: statefulRoles,
  bad: [
    {
      title: "a peer without a volume",
      objects: [peer()],
      messages: [`${of} role peer keeps data, and it has no volumeClaimTemplates. Give it one in the program`],
    },
    {
      title: "a peer in a Deployment",
      objects: [workload("Deployment", { name: "peer", role: "peer", organization: "org1" })],
      messages: [
        `${place}: Deployment trade/peer: role peer keeps data, and a Deployment gives its pods no volume of their own. Make it a StatefulSet in the program`,
      ],
    },
    {
      title: "a volume for many, of no size",
      objects: [peer(claim({ accessModes: ["ReadWriteMany"] }))],
      messages: [
        `${of} volume "data" has access modes ReadWriteMany. Make it ReadWriteOnce in the program`,
        `${place}.peerStorage: StatefulSet trade/peer0-org1: volume "data" has no valid size. Write a size, such as 10Gi`,
      ],
    },
    {
      title: "volumes that go with the StatefulSet",
      objects: [peer({ ...claim(good), persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete" } })],
      messages: [
        `${of} persistentVolumeClaimRetentionPolicy.whenDeleted is Delete: the data goes with the object. Set it to Retain in the program`,
      ],
    },
    {
      title: "a role that the environment names",
      objects: [workload("Deployment", { name: "archive", role: "archive" })],
      settings: { roles: ["archive"] },
      messages: [
        "stacks/Pulumi.trade.yaml: baas:network: Deployment trade/archive: role archive keeps data, and a Deployment gives its pods no volume of their own. Make it a StatefulSet in the program",
      ],
    },
  ],
  good: [
    {
      title: "a volume of its own",
      objects: [peer({ ...claim(good), persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain" } })],
      messages: [],
    },
    {
      title: "a claim, and what keeps nothing",
      objects: [
        object({
          apiVersion: "v1",
          kind: "PersistentVolumeClaim",
          metadata: { name: "data", namespace: "trade", labels: labels("peer", "org1") },
          spec: { ...good, accessModes: ["ReadWriteOncePod"] },
        }),
        workload("Deployment", { name: "gateway", role: "gateway" }),
      ],
      messages: [],
    },
  ],
};

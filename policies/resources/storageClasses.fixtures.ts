import { type Fixtures, object, peer } from "../testing/fixtures";
import { storageClasses } from "./storageClasses";

const claim = (spec: object) => peer({ volumeClaimTemplates: [{ metadata: { name: "data" }, spec }] });
const storageClass = (fields: object) =>
  object({ apiVersion: "storage.k8s.io/v1", kind: "StorageClass", metadata: { name: "fast" }, ...fields });
const settings = { allowed: ["fast", "replicated"] };

export const fixtures: Fixtures = {
  policy: storageClasses,
  bad: [
    {
      title: "a class that is not allowed, and none at all",
      objects: [claim({ storageClassName: "local" }), claim({})],
      settings,
      messages: [
        'stacks/environments/bank.yaml: storageClass: StatefulSet trade/peer0-org1: volume "data" uses class "local". Write one of fast, replicated',
        'stacks/environments/bank.yaml: storageClass: StatefulSet trade/peer0-org1: volume "data" uses the cluster\'s default class. Write one of fast, replicated',
      ],
    },
    {
      title: "a class that deletes, of a size for ever",
      objects: [storageClass({})],
      messages: [
        "stacks/Pulumi.trade.yaml: baas:network: StorageClass fast: reclaimPolicy Delete deletes the data. Set it to Retain in the program",
        "stacks/Pulumi.trade.yaml: baas:network: StorageClass fast: its volumes cannot grow. Set allowVolumeExpansion to true in the program",
      ],
    },
  ],
  good: [
    {
      title: "an allowed class that retains",
      objects: [
        claim({ storageClassName: "fast" }),
        storageClass({ reclaimPolicy: "Retain", allowVolumeExpansion: true }),
      ],
      settings,
      messages: [],
    },
    { title: "any class where none is named", objects: [claim({ storageClassName: "local" })], messages: [] },
  ],
};

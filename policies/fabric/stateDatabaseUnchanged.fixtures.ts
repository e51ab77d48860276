import { type Fixtures, object } from "../testing/fixtures";
import { stateDatabaseUnchanged } from "./stateDatabaseUnchanged";

// In testdata/project/.baas/state/trade.json, peer0-org1 was applied with leveldb.
const identity = (stateDatabase?: string, name = "peer0-org1") =>
  object(
    {
      apiVersion: "baas.io/v1alpha1",
      kind: "Identity",
      metadata: { name, namespace: "trade" },
      spec: { ...(stateDatabase !== undefined && { stateDatabase }) },
    },
    { component: "Peer" },
  );

export const fixtures: Fixtures = {
  policy: stateDatabaseUnchanged,
  bad: [
    {
      title: "another database",
      objects: [identity("couchdb")],
      messages: [
        "stacks/Pulumi.trade.yaml: baas:network.organizations: Identity trade/peer0-org1: the state database would be couchdb, and the peer's ledger has been in leveldb since the last apply. Write stateDatabase: leveldb; for another one, add an organization",
      ],
    },
  ],
  good: [
    { title: "the same database", objects: [identity("leveldb")], messages: [] },
    { title: "a peer that was not there", objects: [identity("couchdb", "peer0-org9")], messages: [] },
  ],
};

/**
 * The API server of a network on real Fabric: its pod comes up, and applications call it from outside the cluster with tokens of an
 * issuer, through the network's single port; see fabricCluster.ts. It prints figures for people to judge.
 */
import { afterAll, describe, expect } from "vitest";

import type { ApiCaller } from "../cluster/api/apiCaller";
import { ApiNetwork, stack } from "../cluster/api/apiNetwork";
import { FabricCluster } from "../cluster/fabricCluster";

const fabric = new FabricCluster("test-api");
const test = fabric.test.bind(fabric);
let network: ApiNetwork;
let api: ApiCaller;
afterAll(() => network?.close());

describe("the API server on real Fabric", () => {
  test("comes up, takes a call with a token of the issuer, and commits it", async () => {
    network = await ApiNetwork.prepare(fabric);
    expect(await fabric.apply(stack)).toMatchObject({ end: "ready", notReady: [] });
    api = await network.caller();
    const id = `first-${Date.now()}`;
    const { status, body } = await api.call("submit", "CreateAsset", [id, "alice", "an asset", "1"]);
    expect([status, body]).toMatchObject([200, { state: "committed", chaincode: "asset-transfer" }]);
    expect(await api.evaluate("ReadAsset", id)).toMatchObject({ owner: "alice", value: 1 });
    const found = await api.ask(`/v1/channels/trades/transactions/${body.txID}`);
    expect([found.status, found.body]).toMatchObject([200, { isValid: true, blockNumber: body.blockNumber }]);
  });
});

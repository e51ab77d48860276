/**
 * The API server of a network on real Fabric: its pod comes up, and applications call it from outside the cluster with tokens of an
 * issuer, through the network's single port; see fabricCluster.ts. It prints figures for people to judge.
 */
import { afterAll, describe, expect, vi } from "vitest";

import type { ApiCaller } from "../cluster/api/apiCaller";
import { callsByPeer } from "../cluster/api/apiMetrics";
import { ApiNetwork, client, trade } from "../cluster/api/apiNetwork";
import { FabricCluster } from "../cluster/fabricCluster";
import { eachInFlight } from "../cluster/load/inFlight";

const fabric = new FabricCluster("test-api");
const test = fabric.test.bind(fabric);
let network: ApiNetwork;
let api: ApiCaller;
afterAll(() => network?.close());

describe("the API server on real Fabric", () => {
  test("comes up, takes a call with a token of the issuer, and commits it", async () => {
    network = await ApiNetwork.prepare(fabric, trade);
    expect(await fabric.apply(trade.name)).toMatchObject({ end: "ready", notReady: [] });
    api = await network.caller();
    const id = `first-${Date.now()}`;
    const { status, body } = await api.call("submit", "CreateAsset", [id, "alice", "an asset", "1"]);
    expect([status, body]).toMatchObject([200, { state: "committed", chaincode: "asset-transfer" }]);
    expect(await api.evaluate("ReadAsset", id)).toMatchObject({ owner: "alice", value: 1 });
    const found = await api.ask(`/v1/channels/trades/transactions/${body.txID}`);
    expect([found.status, found.body]).toMatchObject([200, { isValid: true, blockNumber: body.blockNumber }]);
  });

  test("acts as a client of its organization that its pod has enrolled, and as nobody else", async () => {
    const as = (identity: string) =>
      api.call("submit", "CreateAsset", [`as-${identity}-${Date.now()}`, "alice", "an asset", "1"], { identity });
    const { status, body } = await as(client);
    expect([status, body]).toMatchObject([200, { state: "committed" }]);
    const seen = await fabric.kubectl("-n", trade.name, "logs", "api-0", "-c", "api", "--tail=20");
    expect(seen).toContain(`"identity":"${client}"`);
    const refused = await as("nobody");
    expect([refused.status, refused.body.detail]).toEqual([
      403,
      `You may not act as "nobody". You may act as api, ${client}.`,
    ]);
    // What the pod has enrolled is what signs.
    const subject = await fabric.kubectl(
      ...["-n", trade.name, "exec", "api-0", "-c", "keeper", "--", "node", "-e"],
      `const { X509Certificate } = require("node:crypto");
       const file = "/var/hyperledger/crypto/clients/${client}/msp/signcerts/cert.pem";
       console.log(new X509Certificate(require("node:fs").readFileSync(file)).subject)`,
    );
    expect(subject.trim().split("\n").sort()).toEqual([`CN=${client}`, "OU=client"]);
  });

  test("spreads calls over its organization's peers inside the cluster, while one dies and comes back", async () => {
    const endorsed = () => callsByPeer(fabric, trade.name, "endorse");
    const since = async (before: Record<string, number>) =>
      Object.entries(await endorsed()).map(([peer, count]) => [peer, count - (before[peer] ?? 0)] as const);
    const run = Date.now().toString(36);
    const create = (id: string) => api.submit("CreateAsset", [id, "alice", "an asset of many", "1"], id);
    let before = await endorsed();
    const outcomes = await eachInFlight(1000, 20, async (n) => {
      if (n === 300)
        await fabric.kubectl("-n", trade.name, "delete", "pod", "peer0-org1-0", "--grace-period=0", "--force");
      return create(`peers-${run}-${n}`);
    });
    console.log(`1,000 calls, a peer killed: ${JSON.stringify(await since(before))}`);
    expect(outcomes.filter(({ state }) => state !== "committed")).toEqual([]);
    await network.untilReady("peer0-org1-0");
    // One call succeeds at the peer, and then it gets its share again.
    await vi.waitFor(async () => {
      before = await endorsed();
      await eachInFlight(20, 5, (n) => create(`back-${run}-${Date.now()}-${n}`));
      for (const [, count] of await since(before)) expect(count).toBeGreaterThanOrEqual(5);
    }, 120_000);
    before = await endorsed();
    await eachInFlight(100, 10, (n) => create(`after-${run}-${n}`));
    const after = await since(before);
    console.log(`100 calls after its return: ${JSON.stringify(after)}`);
    expect(after).toHaveLength(2);
    for (const [, count] of after) expect(count).toBeGreaterThanOrEqual(40);
  });
});

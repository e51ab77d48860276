/**
 * The API server of a network on real Fabric while its parts fail, one after the other, during 10,000 calls that write: what callers
 * were told is compared with the ledger; see fabricCluster.ts. It prints figures for people to judge.
 */
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, describe, expect } from "vitest";

import type { ApiCaller } from "../cluster/api/apiCaller";
import { ApiNetwork, stack } from "../cluster/api/apiNetwork";
import { CallHistory, countBy, describeCalls } from "../cluster/api/callHistory";
import { FabricCluster } from "../cluster/fabricCluster";
import { eachInFlight } from "../cluster/load/inFlight";
import { LoadPod } from "../cluster/load/loadPod";
import { NetworkUnderLoad } from "../cluster/load/networkUnderLoad";
import { whilePartitioned } from "../cluster/load/partition";
import { raftLeader } from "../cluster/load/raftLeader";

/** Calls of each failure, and how many are under way at a time. */
const calls = 2000;
const inFlight = 40;

const fabric = new FabricCluster("test-api");
const test = fabric.test.bind(fabric);
const trade = new NetworkUnderLoad(fabric, stack, 1);
let network: ApiNetwork;
let api: ApiCaller;
let history: CallHistory;
afterAll(() => network?.close());

const kill = (...pods: string[]) =>
  fabric.kubectl("-n", stack, "delete", "pod", ...pods, "--force", "--grace-period=0");
const component = (name: string) => `app.kubernetes.io/component=${name}`;

/** The addresses of pods, by name. */
async function addresses(): Promise<Map<string, string>> {
  const pods = await fabric.list("pods", "-n", stack, "--field-selector=status.phase=Running");
  return new Map(pods.map(({ metadata, status }) => [metadata.name, status.podIP]));
}

const failures: [what: string, fail: () => Promise<unknown>][] = [
  ["the API server is killed", () => kill("api-0")],
  ["HAProxy is killed", () => kill("-l", component("gateway"))],
  ["a peer is killed", () => kill("peer0-org1-0")],
  ["the Raft leader is killed", async () => kill(await raftLeader(fabric, stack, "trades"))],
  [
    "the Raft leader and a peer are cut off from all others for half a minute",
    async () => {
      const alone = [await raftLeader(fabric, stack, "trades"), "peer0-org1-0"];
      const all = [...(await addresses())];
      const side = (isAlone: boolean) => all.filter(([name]) => alone.includes(name) === isAlone).map(([, ip]) => ip);
      await whilePartitioned(fabric.cluster, [side(true), side(false)], () => sleep(30_000));
    },
  ],
];

describe("the API server while parts of the network fail", () => {
  test("comes up", async () => {
    network = await ApiNetwork.prepare(fabric);
    expect(await fabric.apply(stack)).toMatchObject({ end: "ready", notReady: [] });
    api = await network.caller();
    history = new CallHistory(api, 500);
    await history.start(inFlight);
  });

  for (const [what, fail] of failures) {
    test(`knows the outcome of each call within a minute when ${what}`, async () => {
      const made = await history.submit(calls, inFlight, fail);
      console.log(`${calls} calls, ${inFlight} in flight, ${what}: ${describeCalls(made)}`);
      console.log(`  ${JSON.stringify(countBy(made.map(({ answer, state }) => `${state}: ${answer.slice(0, 200)}`)))}`);
      expect(made.filter(({ state }) => state !== "committed")).toEqual([]);
      await trade.untilHealed();
    });
  }

  test("has lost nothing that was acknowledged, and applied nothing twice", async () => {
    expect(history.calls).toHaveLength(calls * failures.length);
    expect(await history.check(inFlight)).toEqual({ lost: [], twice: [], denied: [], unknown: [] });
    const reader = await LoadPod.start(fabric.cluster, stack, "asset-transfer-1-0-smoke-test");
    const ledgers = await reader.ledgers();
    await reader.remove();
    expect(new Set(ledgers.map(({ height, hash }) => `${height} ${hash}`)).size).toBe(1);
    for (const { peer, transactions } of ledgers) {
      const invalid = history.calls.filter(({ txID }) => transactions[txID!] !== 0);
      expect(invalid, peer).toEqual([]);
    }
  });

  test("commits each of 1,000 transfers on 10 hot keys once, or says that it has failed", async () => {
    const ids = Array.from({ length: 10 }, (_, i) => `hot-${Date.now()}-${i}`);
    for (const id of ids) await api.submit("CreateAsset", [id, "nobody", "an account", "100000"], id);
    const expected = new Map(ids.map((id) => [id, 100_000]));
    const began = Date.now();
    const outcomes = await eachInFlight(1000, 50, async (n) => {
      const [from, to, amount] = [ids[n % 10]!, ids[(n * 7 + 3) % 10]!, (n % 100) + 1];
      const another = from === to ? ids[(n + 1) % 10]! : to;
      const outcome = await api.submit("MoveValue", [from, another, String(amount)], `move-${began}-${n}`);
      if (outcome.state === "committed") {
        expected.set(from, expected.get(from)! - amount);
        expected.set(another, expected.get(another)! + amount);
      }
      return outcome;
    });
    const seconds = ((Date.now() - began) / 1000).toFixed(1);
    const answers = countBy(outcomes.map(({ state, answer }) => `${state}: ${answer.slice(0, 120)}`));
    console.log(`1,000 transfers on 10 hot keys, 50 in flight, in ${seconds} s: ${JSON.stringify(answers)}`);
    expect(outcomes.filter(({ state }) => state === "unknown")).toEqual([]);
    const found = await eachInFlight(10, 5, async (n) => (await api.evaluate("ReadAsset", ids[n]!)).value);
    expect(found).toEqual([...expected.values()]);
    expect(found.reduce((sum, value) => sum + value, 0)).toBe(1_000_000);
  });
});

/**
 * The API server of a network on real Fabric while its parts fail, one after the other, during 10,000 calls that write: what callers
 * were told is compared with the ledger; see fabricCluster.ts. It prints figures for people to judge.
 */
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, describe, expect } from "vitest";

import { trade } from "../cluster/api/apiNetwork";
import { countBy } from "../cluster/api/callHistory";
import { FailingNetwork } from "../cluster/api/failingNetwork";
import { FabricCluster } from "../cluster/fabricCluster";
import { eachInFlight } from "../cluster/load/inFlight";
import { whilePartitioned } from "../cluster/load/partition";
import { raftLeader } from "../cluster/load/raftLeader";

/** Calls of each failure. */
const calls = 2000;

const fabric = new FabricCluster("test-api");
const test = fabric.test.bind(fabric);
const network = new FailingNetwork(fabric, trade);
afterAll(() => network.close());

const leader = () => raftLeader(fabric, trade.name, trade.channel);

/** Cuts pods off from all others for half a minute. */
async function cutOff(alone: readonly string[]): Promise<void> {
  const pods = await fabric.list("pods", "-n", trade.name, "--field-selector=status.phase=Running");
  const side = (isAlone: boolean): string[] =>
    pods.filter(({ metadata }) => alone.includes(metadata.name) === isAlone).map(({ status }) => status.podIP);
  await whilePartitioned(fabric.cluster, [side(true), side(false)], () => sleep(30_000));
}

const failures: [what: string, fail: () => Promise<unknown>][] = [
  ["the API server is killed", () => network.kill("api-0")],
  ["HAProxy is killed", () => network.kill("-l", "app.kubernetes.io/component=gateway")],
  ["a peer is killed", () => network.kill("peer0-org1-0")],
  ["the Raft leader is killed", async () => network.kill(await leader())],
  [
    "the Raft leader and a peer are cut off from all others for half a minute",
    async () => cutOff([await leader(), "peer0-org1-0"]),
  ],
];

describe("the API server while parts of the network fail", () => {
  test("comes up", () => network.start());

  for (const [what, fail] of failures) {
    test(`knows the outcome of each call within a minute when ${what}`, () => network.during(what, calls, fail));
  }

  test("has lost nothing that was acknowledged, and applied nothing twice", () =>
    network.check(calls * failures.length));

  test("commits each of 1,000 transfers on 10 hot keys once, or says that it has failed", async () => {
    const { api } = network;
    const began = Date.now();
    const ids = Array.from({ length: 10 }, (_, i) => `hot-${began}-${i}`);
    for (const id of ids) await api.submit("CreateAsset", [id, "nobody", "an account", "100000"], id);
    const expected = new Map(ids.map((id) => [id, 100_000]));
    const outcomes = await eachInFlight(1000, 50, async (n) => {
      const [from, to, amount] = [ids[n % 10]!, ids[(n + 1 + (n % 9)) % 10]!, (n % 100) + 1];
      const outcome = await api.submit("MoveValue", [from, to, String(amount)], `move-${began}-${n}`);
      if (outcome.state === "committed") {
        expected.set(from, expected.get(from)! - amount);
        expected.set(to, expected.get(to)! + amount);
      }
      return outcome;
    });
    const seconds = ((Date.now() - began) / 1000).toFixed(1);
    const answers = countBy(outcomes.map(({ state, answer }) => `${state}: ${answer.split(" ", 2).join(" ")}`));
    console.log(`1,000 transfers on 10 hot keys, 50 in flight, in ${seconds} s: ${JSON.stringify(answers)}`);
    expect(outcomes.filter(({ state }) => state === "unknown")).toEqual([]);
    const found = await eachInFlight(10, 5, async (n) => (await api.evaluate("ReadAsset", ids[n]!)).value);
    expect(found).toEqual([...expected.values()]);
    expect(found.reduce((sum, value) => sum + value, 0)).toBe(1_000_000);
  });
});

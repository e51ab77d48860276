import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { BlockchainClient } from "../client.ts";
import { SniProxyDouble } from "../testing/sniProxyDouble.ts";
import { TestOrganization } from "../testing/testOrganization.ts";

let organization: TestOrganization;
let client: BlockchainClient;
let proxy: SniProxyDouble | undefined;

beforeEach(async () => {
  organization = await TestOrganization.start(3);
  client = await organization.connect();
});
afterEach(() => {
  vi.useRealTimers();
  organization.close();
  proxy?.stop();
});

/** A client that reaches the peers at one address, by their names. */
async function connectThroughGateway(): Promise<BlockchainClient> {
  proxy = await SniProxyDouble.start();
  const names = organization.peers.map((peer, i) => {
    proxy!.routes.set(`peer${i}.org1.test`, () => peer.port);
    return `peer${i}.org1.test:443`;
  });
  return organization.connect({ peers: names, gateway: proxy.address });
}

/** Evaluates a number of times, some at a time, and returns how many each peer has answered. */
async function evaluate(count: number): Promise<number[]> {
  const before = organization.peers.map(({ calls }) => calls.evaluate);
  let left = count;
  const worker = async (): Promise<void> => {
    while (left-- > 0) await client.evaluate("Read", ["a"]);
  };
  await Promise.all(Array.from({ length: 10 }, worker));
  return organization.peers.map(({ calls }, i) => calls.evaluate - before[i]!);
}

const states = () => client.peers().map(({ state }) => state);

describe("calls", () => {
  it("go to one peer after the other", async () => {
    expect(await evaluate(300)).toEqual([100, 100, 100]);
    expect(client.peers()).toEqual(
      organization.peers.map(({ address }) => ({ address, state: "well", calls: 100, failures: 0, inFlight: 0 })),
    );
  });

  it.each([
    ["directly", false],
    ["through the one port of a gateway", true],
  ])("%s leave out a peer that died, and come back to it: all of 1,000 succeed", async (_, isThroughGateway) => {
    if (isThroughGateway) client = await connectThroughGateway();
    vi.useFakeTimers({ toFake: ["Date"] });
    const [dying] = organization.peers;
    expect(await evaluate(250)).toEqual([84, 83, 83]);

    dying!.stop();
    const [, second, third] = await evaluate(250);
    expect([second, third]).toEqual([125, 125]);
    expect(states()).toEqual(["ejected", "well", "well"]);
    // Of the 250, it was called just by those that noticed.
    expect(client.peers()[0]!.failures).toBeLessThanOrEqual(10 + 3);

    await dying!.restart();
    vi.setSystemTime(Date.now() + 31_000);
    await vi.waitFor(async () => {
      await evaluate(3);
      expect(states()).toEqual(["well", "well", "well"]);
      vi.setSystemTime(Date.now() + 31_000);
    }, 10_000);
    expect(await evaluate(500)).toEqual([167, 167, 166].map((n) => expect.toBeOneOf([n - 1, n, n + 1])));
  });

  it("still go somewhere when all peers are left out", async () => {
    for (const peer of organization.peers) peer.stop();
    for (let i = 0; i < 4; i++) await client.evaluate("Read", ["a"], { timeouts: { total: 100 } }).catch(() => {});
    expect(states()).toEqual(["ejected", "ejected", "ejected"]);
    for (const peer of organization.peers) await peer.restart();
    expect(String(await client.evaluate("Read", ["a"]))).toBe("Read:a");
  });

  it("do not leave out peers for what orderers or other peers fail at", async () => {
    for (const peer of organization.peers) {
      const noOrderers = { code: 14, message: "no orderers could successfully process transaction" };
      peer.faults.submit.push(...Array.from({ length: 5 }, () => noOrderers));
    }
    await client.submit("Put", ["a", "b"], { timeouts: { commitStatus: 20 } });
    expect(states()).toEqual(["well", "well", "well"]);
  });
});

describe("calls at a time", () => {
  it("are bounded; further ones wait for their turn", async () => {
    organization.ledger.batchTime = 10;
    const bounded = await organization.connect({ maxInFlight: 6 });
    const all = Array.from({ length: 60 }, (_, i) => bounded.submit("Put", [`a${i}`, "b"]));
    await Promise.all(all);
    expect(organization.peers.reduce((sum, { mostActive }) => sum + mostActive, 0)).toBeLessThanOrEqual(3 * 6);
    expect(organization.ledger.state.size).toBe(60);
    expect(Math.max(...organization.peers.map(({ mostActive }) => mostActive))).toBeLessThanOrEqual(6);
  });

  it("beyond the queue are refused at once, and nothing is sent of them", async () => {
    const bounded = await organization.connect({ maxInFlight: 2, maxQueued: 3 });
    const all = await Promise.allSettled(Array.from({ length: 8 }, (_, i) => bounded.submit("Put", [`a${i}`, "b"])));
    expect(all.map(({ status }) => status)).toEqual([
      ...Array.from({ length: 5 }, () => "fulfilled"),
      ...Array.from({ length: 3 }, () => "rejected"),
    ]);
    expect((all[7] as PromiseRejectedResult).reason).toMatchObject({
      code: "OVERLOADED",
      stage: "queue",
      message:
        "Put (queue, channel main): 2 calls are under way and 3 wait; nothing was sent. Call more slowly, or raise maxInFlight or maxQueued.",
    });
    expect(organization.ledger.ordered).toBe(5);
  });

  it("wait no longer than a call may take, or until they are aborted", async () => {
    for (const peer of organization.peers) peer.faults.evaluate.push({ lost: "request" });
    const bounded = await organization.connect({ maxInFlight: 1 });
    const first = bounded.evaluate("Read", ["a"], { timeouts: { evaluate: 500 } });
    const late = bounded.evaluate("Read", ["b"], { timeouts: { total: 50 } });
    await expect(late).rejects.toMatchObject({ code: "OVERLOADED", stage: "queue" });
    const controller = new AbortController();
    const aborted = bounded.evaluate("Read", ["c"], controller);
    controller.abort();
    await expect(aborted).rejects.toMatchObject({ code: "ABORTED", stage: "queue" });
    expect(String(await first)).toBe("Read:a");
  });
});

import net, { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { TestOrganization } from "../testing/testOrganization.ts";

let organization: TestOrganization;
beforeEach(async () => {
  organization = await TestOrganization.start(1);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  organization.close();
});

/** Calls again and again, and returns how many seconds of the replaced clock pass until one succeeds. */
async function secondsUntil(call: () => Promise<unknown>): Promise<number> {
  let isDone = false;
  let seconds = 0;
  const calling = (async () => {
    while (!isDone && seconds < 300)
      await call().then(
        () => (isDone = true),
        () => sleep(1),
      );
  })();
  for (; !isDone && seconds < 300; seconds++) {
    await vi.advanceTimersByTimeAsync(1000);
    await sleep(10);
  }
  await calling;
  return seconds;
}

it("a peer that did not answer a try to connect is found before half a minute is over", async () => {
  const client = await organization.connect();
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
  // Where nothing answers, the socket stays as it is.
  vi.spyOn(net, "connect").mockImplementationOnce(() => new Socket());
  const call = () => client.evaluate("Read", ["a"], { timeouts: { evaluate: 5000, total: 5000 } });
  expect(await secondsUntil(call)).toBeLessThan(30);
});

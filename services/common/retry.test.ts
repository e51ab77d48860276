import { describe, expect, it } from "vitest";

import { Failure, TryAgain } from "./failure";
import { retry } from "./retry";

const forEver = { timeout: 0, shortest: 1, longest: 5 };

describe("retry", () => {
  const failing = (times: number) => async (failures: number) => {
    if (failures < times) throw new TryAgain("not yet", "wait");
    return failures;
  };

  it("tells an attempt how many have failed, and why it waits once while the cause stays the same", async () => {
    const told: unknown[] = [];
    expect(await retry(failing(3), forEver, (...wait) => told.push(wait))).toBe(3);
    expect(told).toEqual([["not yet", expect.any(Number)]]);
  });

  it("tells of a cause that changes, but not when only the transaction is another", async () => {
    const causes = ["a", "b", `transaction ${"1".repeat(64)}`, `transaction ${"2".repeat(64)}`];
    const told: string[] = [];
    const attempt = async (failures: number) => {
      if (failures < causes.length) throw new TryAgain(causes[failures]!);
    };
    await retry(attempt, forEver, (cause) => told.push(cause));
    expect(told).toEqual(["a", "b", "transaction …"]);
  });

  it("waits longer after each failure, up to its limit", async () => {
    const at: number[] = [];
    const attempt = async (failures: number) => {
      at.push(performance.now());
      if (failures < 5) throw new TryAgain("not yet");
    };
    await retry(attempt, { timeout: 0, shortest: 20, longest: 60 });
    const waits = at.slice(1).map((time, n) => time - at[n]!);
    [20, 40, 60, 60, 60].forEach((shortest, n) => expect(waits[n]).toBeGreaterThanOrEqual(shortest - 1));
  });

  it("gives up with the last cause when the time is up", async () => {
    await expect(retry(failing(1000), { timeout: 20, shortest: 5, longest: 5 })).rejects.toThrow("not yet. wait.");
  });

  it("gives up when the patience for one cause is up, counted from its first time", async () => {
    class Impatient extends TryAgain {
      override readonly patience = 30;
    }
    let calls = 0;
    const attempt = async () => {
      calls += 1;
      throw calls < 10 ? new TryAgain("not there", "wait") : new Impatient("wrong secret", "correct it");
    };
    const patience = { timeout: 60_000, shortest: 5, longest: 5 };
    await expect(retry(attempt, patience)).rejects.toThrow("wrong secret. correct it.");
    expect(calls).toBeGreaterThan(11);
  });

  it("does not try again what cannot succeed", async () => {
    let calls = 0;
    const attempt = async () => {
      calls += 1;
      throw new Failure("never", "change it");
    };
    await expect(retry(attempt, forEver)).rejects.toThrow("never");
    expect(calls).toBe(1);
  });
});

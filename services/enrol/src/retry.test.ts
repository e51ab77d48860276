import { describe, expect, it } from "vitest";

import { Failure } from "./failure";
import { backOff, retry, TryAgain } from "./retry";

describe("back-off", () => {
  it("doubles up to its limit", () => {
    expect([1, 2, 3, 4, 5, 100].map((failures) => backOff(failures, 250, 2000, 0))).toEqual([
      250, 500, 1000, 2000, 2000, 2000,
    ]);
  });

  it("takes off up to a fifth", () => {
    expect(backOff(1, 250, 5000, 1)).toBe(200);
  });
});

describe("retry", () => {
  const failing = (times: number) => {
    let calls = 0;
    return async () => {
      calls += 1;
      if (calls <= times) throw new TryAgain("not yet", "wait");
      return calls;
    };
  };

  it("says what it waits for once while the cause stays the same, and when it is over", async () => {
    const lines: string[] = [];
    const options = { what: "the CA", log: (line: string) => lines.push(line), timeout: 0, shortest: 1 };
    expect(await retry(failing(3), options)).toBe(4);
    expect(lines).toEqual([
      expect.stringMatching(/^waiting for the CA \(0\.0 s so far\): not yet$/),
      expect.stringMatching(/^the CA: there after/),
    ]);
  });

  it("gives up with the last cause when the time is up", async () => {
    const options = { what: "the CA", log: () => {}, timeout: 20, shortest: 5 };
    await expect(retry(failing(1000), options)).rejects.toThrow("not yet. wait.");
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
    const options = { what: "the CA", log: () => {}, timeout: 60_000, shortest: 5, longest: 5 };
    await expect(retry(attempt, options)).rejects.toThrow("wrong secret. correct it.");
    expect(calls).toBeGreaterThan(11);
  });

  it("does not try again what cannot succeed", async () => {
    let calls = 0;
    const attempt = async () => {
      calls += 1;
      throw new Failure("never", "change it");
    };
    await expect(retry(attempt, { what: "x", log: () => {}, timeout: 0 })).rejects.toThrow("never");
    expect(calls).toBe(1);
  });
});

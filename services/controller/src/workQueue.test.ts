import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { WorkQueue } from "./workQueue";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A queue whose work ends when told to. */
function given(concurrency = 2) {
  const started: string[] = [];
  const finish = new Map<string, () => void>();
  const queue = new WorkQueue({
    concurrency,
    shortest: 100,
    longest: 1000,
    work: (key) => {
      started.push(key);
      return new Promise((resolve) => finish.set(key, resolve));
    },
  });
  const done = async (key: string) => {
    finish.get(key)!();
    await vi.advanceTimersByTimeAsync(0);
  };
  return { queue, started, done };
}

describe("a work queue", () => {
  it("works on a key once however often it was added", () => {
    const { queue, started } = given();
    queue.add("a");
    queue.add("a");
    queue.start();
    expect(started).toEqual(["a"]);
  });

  it("never works on one key twice at a time, and once more if it was added meanwhile", async () => {
    const { queue, started, done } = given();
    queue.start();
    queue.add("a");
    queue.add("a");
    queue.add("a");
    expect(started).toEqual(["a"]);
    await done("a");
    expect(started).toEqual(["a", "a"]);
  });

  it("works on no more keys at a time than it may", async () => {
    const { queue, started, done } = given(2);
    queue.start();
    for (const key of ["a", "b", "c"]) queue.add(key);
    expect(started).toEqual(["a", "b"]);
    await done("b");
    expect(started).toEqual(["a", "b", "c"]);
  });

  it("backs off per key until the key is forgotten", async () => {
    const { queue } = given();
    const waits = [1, 2, 3, 4, 5, 6].map(() => queue.addRateLimited("a"));
    [100, 200, 400, 800, 1000, 1000].forEach((longest, n) => {
      expect(waits[n]).toBeLessThanOrEqual(longest);
      expect(waits[n]).toBeGreaterThanOrEqual(longest * 0.8);
    });
    expect(queue.addRateLimited("b")).toBeLessThanOrEqual(100);
    queue.forget("a");
    expect(queue.addRateLimited("a")).toBeLessThanOrEqual(100);
  });

  it("does not wait for a back-off when something changed", async () => {
    const { queue, started, done } = given();
    queue.start();
    queue.addAfter("a", 1000);
    queue.add("a");
    expect(started).toEqual(["a"]);
    await done("a");
    await vi.advanceTimersByTimeAsync(2000);
    expect(started).toEqual(["a"]);
  });

  it("does not put a key off however often it is added within the same wait", async () => {
    const { queue, started } = given();
    queue.start();
    for (let n = 0; n < 5; n++) {
      queue.addWithin("a", 100);
      await vi.advanceTimersByTimeAsync(20);
    }
    expect(started).toEqual(["a"]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(started).toEqual(["a"]);
  });

  it("does not put off to a back-off what was added within a wait while it failed", async () => {
    const { queue, started, done } = given();
    queue.start();
    queue.add("a");
    queue.addWithin("a", 20);
    queue.addRateLimited("a");
    await done("a");
    await vi.advanceTimersByTimeAsync(20);
    expect(started).toEqual(["a", "a"]);
  });

  it("shortens a longer wait to the one that a key is added within", async () => {
    const { queue, started } = given();
    queue.start();
    queue.addAfter("a", 1000);
    queue.addWithin("a", 100);
    await vi.advanceTimersByTimeAsync(100);
    expect(started).toEqual(["a"]);
  });

  it("finishes what it has begun when it is stopped, and begins nothing", async () => {
    const { queue, started, done } = given(1);
    queue.start();
    queue.add("a");
    queue.add("b");
    queue.addAfter("c", 10);
    let stopped = false;
    void queue.stop().then(() => (stopped = true));
    await vi.advanceTimersByTimeAsync(100);
    expect(stopped).toBe(false);
    await done("a");
    expect(stopped).toBe(true);
    expect(started).toEqual(["a"]);
  });
});

import { describe, expect, it } from "vitest";

import type { Condition } from "../../../model/customResources/definition";
import { isReady, withOutcome } from "./conditions";
import type { CustomResource } from "./resources";

const now = new Date("2026-02-03T04:05:06.789Z");
const object = (generation: number, observedGeneration?: number, conditions?: Condition[]): CustomResource => ({
  metadata: { name: "x", namespace: "dev", generation },
  spec: {},
  ...(conditions ? { status: { observedGeneration, conditions } } : {}),
});
const condition = (change: Partial<Condition> = {}): Condition => ({
  type: "Ready",
  status: "False",
  reason: "Waiting",
  message: "for it",
  observedGeneration: 1,
  lastTransitionTime: "2026-01-01T00:00:00Z",
  ...change,
});
const waiting = { ready: false, reason: "Waiting", message: "for it" };

describe("a status", () => {
  it("gets its first condition", () => {
    expect(withOutcome(object(1), waiting, now)).toEqual({
      status: { observedGeneration: 1, conditions: [condition({ lastTransitionTime: "2026-02-03T04:05:06Z" })] },
      changed: true,
      transition: true,
    });
  });

  it("is not written when nothing changed", () => {
    expect(withOutcome(object(1, 1, [condition()]), waiting, now)).toMatchObject({ changed: false, transition: false });
  });

  it("has further fields of its kind, and is written when they differ", () => {
    const seen = { ...object(1, 1, [condition()]) } as CustomResource & { status: object };
    Object.assign(seen.status, { chainTime: 7 });
    const observed = (chainTime: number) => withOutcome(seen, { ...waiting, observed: { chainTime } }, now);
    expect(observed(7)).toMatchObject({ changed: false });
    expect(observed(8)).toMatchObject({ status: { chainTime: 8 }, changed: true, transition: false });
  });

  it("keeps the time while readiness stays, whatever the reason", () => {
    const change = withOutcome(object(1, 1, [condition()]), { ...waiting, reason: "Other" }, now);
    expect(change.status.conditions![0]!.lastTransitionTime).toBe("2026-01-01T00:00:00Z");
    expect(change).toMatchObject({ changed: true, transition: true });
  });

  it("is written, but is no transition, when only the words or the generation changed", () => {
    for (const change of [
      withOutcome(object(1, 1, [condition()]), { ...waiting, message: "longer" }, now),
      withOutcome(object(2, 1, [condition()]), waiting, now),
    ]) {
      expect(change).toMatchObject({ changed: true, transition: false });
    }
  });

  it("sets the time when readiness changes", () => {
    const change = withOutcome(object(1, 1, [condition()]), { ready: true, reason: "Done", message: "" }, now);
    expect(change.status.conditions![0]).toMatchObject({ status: "True", lastTransitionTime: "2026-02-03T04:05:06Z" });
  });

  it("leaves other conditions alone", () => {
    const other = condition({ type: "Other" });
    expect(withOutcome(object(1, 1, [other]), waiting, now).status.conditions).toContainEqual(other);
  });
});

it("an object is ready only as its spec is now", () => {
  const ready = condition({ status: "True" });
  expect(isReady(object(1, 1, [ready]))).toBe(true);
  expect(isReady(object(2, 1, [ready]))).toBe(false);
  expect(isReady(object(1, 1, [condition()]))).toBe(false);
  expect(isReady(object(1))).toBe(false);
});

/** The condition `Ready` of custom resources: how it is read, and how it is written. */
import type { Condition, Status } from "../../../model/customResources/definition";
import type { CustomResource } from "./resources";

/** The outcome of a reconciliation: whether the object is ready, and if not, the cause and the remedy. */
export interface Outcome {
  ready: boolean;
  /** CamelCase, for machines. */
  reason: string;
  /** For people: the cause, and the remedy when there is one. */
  message: string;
  /** Whether it is part of normal work although the object is not ready: its Event is no warning. */
  isNormal?: boolean;
  /** Further fields of the status, as the kind's definition has them. Fields that are left out stay. */
  observed?: Record<string, unknown>;
}

/** A new status and what changed. */
export interface StatusChange {
  status: Status & Record<string, unknown>;
  /** Whether the status differs from the object's at all; if not, it need not be written. */
  changed: boolean;
  /** Whether readiness or its reason changed, which makes an Event. */
  transition: boolean;
}

/** Puts an outcome into an object's status. `lastTransitionTime` moves only when readiness does. */
export function withOutcome(object: CustomResource, outcome: Outcome, now: Date): StatusChange {
  const generation = object.metadata.generation ?? 0;
  const before = readyCondition(object);
  const status = outcome.ready ? "True" : "False";
  const ready: Condition = {
    type: "Ready",
    status,
    reason: outcome.reason,
    message: outcome.message,
    observedGeneration: generation,
    lastTransitionTime:
      before?.status === status ? before.lastTransitionTime : now.toISOString().replace(/\.\d{3}Z$/, "Z"),
  };
  const others = (object.status?.conditions ?? []).filter(({ type }) => type !== "Ready");
  return {
    status: { observedGeneration: generation, conditions: [ready, ...others], ...outcome.observed },
    changed:
      object.status?.observedGeneration !== generation ||
      !same(before, ready) ||
      !hasObserved(object.status as Record<string, unknown>, outcome.observed),
    transition: before?.status !== status || before.reason !== outcome.reason,
  };
}

/** An object's condition `Ready`, if it has one. */
export function readyCondition(object: CustomResource): Condition | undefined {
  return object.status?.conditions?.find(({ type }) => type === "Ready");
}

/** Whether an object is ready for its current spec. */
export function isReady(object: CustomResource): boolean {
  return readyCondition(object)?.status === "True" && object.status?.observedGeneration === object.metadata.generation;
}

function hasObserved(status: Record<string, unknown>, observed: Record<string, unknown> = {}): boolean {
  return Object.entries(observed).every(([key, value]) => JSON.stringify(status[key]) === JSON.stringify(value));
}

function same(a: Condition | undefined, b: Condition): boolean {
  return (
    a !== undefined &&
    a.status === b.status &&
    a.reason === b.reason &&
    a.message === b.message &&
    a.observedGeneration === b.observedGeneration
  );
}

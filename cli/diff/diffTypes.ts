/** The document that `./baas diff --json` prints. Fields may be added; their names and meanings never change. */
import type { NetworkChange } from "../../model/changes/change";
import type { Roll } from "../../model/rollout/rolls";
import type { Action } from "../engine/changes/changeSet";
import type { FieldChange } from "../engine/changes/fieldChange";

/** The difference of one or all stacks. */
export interface Diff {
  /** What is compared with, in words. */
  comparedWith: string;
  /** Sorted by name; with `--all` including those that do not change. */
  stacks: StackDiff[];
}

/** The difference of one stack. */
export interface StackDiff {
  stack: string;
  /** What it is compared with, in words. */
  comparedWith: string;
  /**
   * `created`, `deleted`: the stack itself is new, or gone. `failed`: an apply would be refused before there is anything to
   * compare. `incomparable`: there is nothing to compare with. For both, `errors` has the reason.
   */
  status: "unchanged" | "changed" | "created" | "deleted" | "failed" | "incomparable";
  /** Why an apply would be refused, or why the stack cannot be compared; empty if there are no errors. */
  errors: string[];
  /** What the reader should know about the comparison. */
  notes: string[];
  /** Changes in Fabric's own terms. */
  network: NetworkChange[];
  /** Pods that restart, and why. */
  restarts: Restart[];
  /** How nodes restart; absent if none does. */
  roll?: Roll;
  /** Objects with data that are replaced or deleted, changes that the cluster refuses, and containers that lose their limits. */
  warnings: Warning[];
  /** Images that are rebuilt or renamed. */
  images: ImageChange[];
  /** Every object that changes, except those that only follow an image or a configuration shown elsewhere. */
  objects: ObjectChange[];
  /** Number of objects by action. */
  counts: Record<Action, number>;
}

/** One object that changes. */
export interface ObjectChange {
  action: Action;
  kind: string;
  /** Absent for objects outside namespaces. */
  namespace?: string;
  name: string;
  /** For updates and replacements. */
  fields: FieldChange[];
  /** Whether a deleted object, or the old one of a replacement, stays in the cluster. */
  retained: boolean;
}

/** Workloads that restart for one reason. */
export interface Restart {
  reason: string;
  /** Such as `StatefulSet peer0-org1`. */
  workloads: string[];
}

/** A change that needs attention. */
export interface Warning {
  /** Such as `StatefulSet peer1-org1`. */
  object: string;
  message: string;
}

/** An image under another name, and the objects that use it. */
export interface ImageChange {
  before: string;
  after: string;
  usedBy: string[];
}

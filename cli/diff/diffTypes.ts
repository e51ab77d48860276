/** What `./baas diff --json` prints. Fields are added, never renamed or given another meaning. */
import type { NetworkChange } from "../../model/changes/change";
import type { FieldChange } from "../engine/changes/fieldChange";

/** The difference of one or all stacks. */
export interface Diff {
  /** What is compared with, in words. */
  comparedWith: string;
  /** By name; with `--all` those that do not change as well. */
  stacks: StackDiff[];
}

/** The difference of one stack. */
export interface StackDiff {
  stack: string;
  /** What it is compared with, in words. */
  comparedWith: string;
  /**
   * `created`, `deleted`: the stack itself is new, or gone. `failed`: an apply would be refused before there is anything to
   * compare. `incomparable`: what to compare with cannot be had. For both, `errors` says why.
   */
  status: "unchanged" | "changed" | "created" | "deleted" | "failed" | "incomparable";
  /** Why an apply would be refused, or what to compare with cannot be had; empty when all is well. */
  errors: string[];
  /** What the reader should know about the comparison. */
  notes: string[];
  /** Changes in Fabric's own terms. */
  network: NetworkChange[];
  /** Pods that restart, and why. */
  restarts: Restart[];
  /** What is replaced or deleted although it holds data, what the cluster refuses, and what has no limits any more. */
  warnings: Warning[];
  /** Images that are built anew, or named otherwise. */
  images: ImageChange[];
  /** Every object that changes, but those that only follow an image or a configuration named elsewhere. */
  objects: ObjectChange[];
  /** Number of objects by action. */
  counts: Record<Action, number>;
}

/** What happens to an object. */
export type Action = "create" | "update" | "replace" | "delete";

/** One object that changes. */
export interface ObjectChange {
  action: Action;
  kind: string;
  /** Absent for objects outside namespaces. */
  namespace?: string;
  name: string;
  /** For updates and replacements. */
  fields: FieldChange[];
  /** Whether a deleted object stays in the cluster all the same, or the old one of a replacement. */
  retained: boolean;
}

/** Workloads that restart for one reason. */
export interface Restart {
  reason: string;
  /** Such as `StatefulSet peer0-org1`. */
  workloads: string[];
}

/** Something that must not be overlooked. */
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

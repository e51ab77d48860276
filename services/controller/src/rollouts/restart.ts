/** What a reason for restarts says of a node. */
import type { Node } from "./nodes";

/** Why a node must restart. */
export interface Restart {
  /** The end of a sentence: `its pod template has changed`. */
  why: string;
  /** Whether the node is of no use as it is, so that nothing is lost by restarting it whatever the state of the others. */
  isUseless?: boolean;
  /** Reason of a warning, where the restart repairs what an earlier one should have: `RenewalFailed`. */
  warning?: string;
  /**
   * What must be done right before the restart. May be called again, also by another process. A node that has another reason, too,
   * restarts whatever is in the way of this one.
   *
   * @returns what is in the way, if anything is
   */
  before?: () => Promise<Obstacle | undefined>;
  /** Whether {@link before} has begun, so that the channels are not well until the node has restarted. */
  isBegun?: boolean;
}

/** What is in the way of a restart. */
export interface Obstacle {
  /** A sentence. */
  message: string;
  /** As {@link Restart.isBegun}, by now. */
  isBegun: boolean;
}

/** What a reason says of a node. */
export interface Answer {
  /** Absent if the node need not restart now. */
  restart?: Restart;
  /** What people should know of a node that need not restart now. */
  remark?: string;
}

/**
 * A reason for which nodes restart. It is asked again and again, and reads from cluster and CAs alone: once the node has
 * restarted, it must answer nothing.
 */
export type RestartReason = (node: Node) => Promise<Answer>;

/** The step of one object: the data from which the text of a difference is made. */
import type { ObjectChange } from "./diffTypes";

/** One object that changes. */
export interface ObjectStep extends ObjectChange {
  /** The state before and after, where there is one. */
  before?: Record<string, unknown>;
  after?: Record<string, unknown>;
  /** Why the cluster would refuse it. */
  refused?: string;
}

/** What happens to an object, with all that the text of a difference is derived from. */
import type { ObjectChange } from "./diffTypes";

/** One object that changes, with all that there is to say about it. */
export interface ObjectStep extends ObjectChange {
  /** What was there, and what will be; for those that have it. */
  before?: Record<string, unknown>;
  after?: Record<string, unknown>;
  /** Why the cluster would refuse it. */
  refused?: string;
}

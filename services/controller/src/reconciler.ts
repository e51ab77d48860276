/** What a reconciler is, and what it can say of an object. */
import type { Outcome } from "./conditions";
import type { CustomResource } from "./resources";

/** What is to happen after a reconciliation. */
export interface Result extends Outcome {
  /** Whether to try again by itself, with back-off. Otherwise the next change, or the periodic resync, does. */
  retry: boolean;
  /** Whether what it waits for is usually a matter of seconds, so that the back-off stays short. */
  soon?: boolean;
}

/** Brings the world to what one kind of custom resource says. Must be idempotent: it is called at any time, in any state. */
export interface Reconciler<T extends CustomResource> {
  /** @throws whatever it did not expect; it becomes the condition `ReconcileFailed` and is tried again */
  reconcile(object: T): Promise<Result>;
  /** The object of this key is gone: drop what is remembered of it. Nothing outside is undone. */
  forget(key: string): void;
}

/** The object is as its spec says. */
export const ready = (reason: string, message: string): Result => ({ ready: true, reason, message, retry: false });

/** The object is not ready, and something that is watched will change when it can be. */
export const waiting = (reason: string, message: string): Result => ({ ready: false, reason, message, retry: false });

/** The object is not ready, and only trying tells when it can be. */
export const failing = (reason: string, message: string): Result => ({ ready: false, reason, message, retry: true });

/** The object is not ready, and will be as soon as something answers that usually does within seconds. */
export const soon = (reason: string, message: string): Result => ({ ...failing(reason, message), soon: true });

/** Ends a reconciliation from within, with a result. */
export class Halt extends Error {
  override name = "Halt";
  constructor(readonly result: Result) {
    super(result.message);
  }
}

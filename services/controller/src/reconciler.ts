/** The interface of a reconciler, and the results that it can return. */
import type { Outcome } from "./conditions";
import type { CustomResource } from "./resources";

/** The result of a reconciliation, and what happens next. */
export interface Result extends Outcome {
  /** Whether to try again with back-off. Otherwise the next change starts the next reconciliation, or a look after some time. */
  retry: boolean;
  /** Whether the back-off stays short, because the wait usually takes only seconds. */
  soon?: boolean;
}

/** Brings the network to the state in the spec of one kind. Must be idempotent: it is called at any time, in any state. */
export interface Reconciler<T extends CustomResource> {
  /** @throws unexpected errors, which become the condition `ReconcileFailed` and are tried again */
  reconcile(object: T): Promise<Result>;
  /** Called when the object of this key is deleted: drops its state in memory. Undoes nothing outside. */
  forget(key: string): void;
}

/** The object is as its spec says. */
export const ready = (reason: string, message: string): Result => ({ ready: true, reason, message, retry: false });

/** The object is not ready. A watch will report the change that it waits for. */
export const waiting = (reason: string, message: string): Result => ({ ready: false, reason, message, retry: false });

/** The object is not ready, and no watch reports when it can be: try again. */
export const failing = (reason: string, message: string): Result => ({ ready: false, reason, message, retry: true });

/** The object is not ready, and waits for an answer that usually comes within seconds: try again soon. */
export const soon = (reason: string, message: string): Result => ({ ...failing(reason, message), soon: true });

/** Ends a reconciliation from within, with a result. */
export class Halt extends Error {
  override name = "Halt";
  constructor(readonly result: Result) {
    super(result.message);
  }
}

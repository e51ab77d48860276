/** Failures that end a program, with messages for people. */

/** A failure that a person can act upon: what is wrong, and what to do. Its message is one line. */
export class Failure extends Error {
  override name = "Failure";
  /** What is wrong, on one line. */
  readonly reason: string;

  /**
   * @param reason - what is wrong, naming the thing, without a full stop
   * @param remedy - what to do about it, without a full stop
   * @param what - what failed, where the reason does not say it
   */
  constructor(reason: string, remedy?: string, what?: string) {
    super(oneLine(`${what === undefined ? "" : `${what}: `}${reason}${remedy === undefined ? "" : `. ${remedy}.`}`));
    this.reason = oneLine(reason);
  }
}

/** Thrown by an attempt that may succeed later. When the time is up, its message is that of a {@link Failure}. */
export class TryAgain extends Failure {
  override name = "TryAgain";
  /** Longest time to retry while this is the cause, in milliseconds. Default: until the time is up. */
  readonly patience?: number;
}

/** The message of anything thrown, on one line. */
export function messageOf(error: unknown): string {
  return oneLine(error instanceof Error ? error.message : String(error));
}

const oneLine = (text: string): string => text.replace(/\s+/g, " ").trim();

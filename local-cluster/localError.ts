/** Errors of the local cluster, which always have a remedy. */

/**
 * An error that a user can correct. Its message has the problem and the remedy. The commands print it without a stack trace.
 */
export class LocalError extends Error {
  /**
   * @param problem - what is wrong, in one sentence
   * @param remedy - what the user can do about it
   */
  constructor(
    readonly problem: string,
    readonly remedy: string,
  ) {
    super(`${problem}\n  -> ${remedy}`);
    this.name = "LocalError";
  }
}

/** The message of any thrown value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** How the local cluster tells what went wrong: always with what to do about it. */

/**
 * An error that a user can do something about. Its message is complete: what is wrong, then what to do.
 * The commands print it without a stack trace.
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

/** The text of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

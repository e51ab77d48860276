/** Exit code of a program that was given a configuration it cannot work with. */
export const EXIT_CONFIGURATION = 2;

/** Exit code of work that failed. */
export const EXIT_FAILED = 1;

/**
 * A failure that a person can act upon: what is wrong, and what to do. Its message is always one line.
 */
export class Failure extends Error {
  /**
   * @param reason what is wrong, naming the thing, without a full stop
   * @param remedy what to do about it, without a full stop
   * @param exitCode {@link EXIT_CONFIGURATION} or {@link EXIT_FAILED}
   */
  constructor(
    readonly reason: string,
    readonly remedy: string,
    readonly exitCode: number = EXIT_FAILED,
  ) {
    super(oneLine(`${reason}. ${remedy}.`));
    this.name = "Failure";
  }
}

/** The message of anything thrown, on one line. */
export function messageOf(error: unknown): string {
  return oneLine(error instanceof Error ? error.message : String(error));
}

const oneLine = (text: string): string => text.replace(/\s+/g, " ").trim();

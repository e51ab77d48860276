/** Failures, as the program ends with them and a person reads them. */

/** Exit code of a program that was given a configuration it cannot work with. */
export const configurationExitCode = 2;

/** Exit code of work that failed. */
export const failureExitCode = 1;

/**
 * A failure that a person can act upon: what is wrong, and what to do. Its message is always one line.
 */
export class Failure extends Error {
  /**
   * @param reason - what is wrong, naming the thing, without a full stop
   * @param remedy - what to do about it, without a full stop
   * @param exitCode - {@link configurationExitCode} or {@link failureExitCode}
   */
  constructor(
    readonly reason: string,
    readonly remedy: string,
    readonly exitCode: number = failureExitCode,
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

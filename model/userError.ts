/** The error that a user can act on. It is shown as its message alone, without a stack trace. */

/** A mistake of the user's: what is wrong and what to do, in one message. */
export class UserError extends Error {
  override name = "UserError";
  /** Exit code of the command. */
  readonly exitCode: number = 1;
}

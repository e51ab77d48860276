/** Errors that a user can act on. They are shown as their message alone, without a stack trace. */

/** A message from a program, or about one, while it ran. */
export interface Diagnostic {
  severity: "info" | "warning" | "error";
  message: string;
  /** The resource it is about, if any. */
  urn?: string;
}

/** A mistake of the user's: what is wrong and what to do, in one message. */
export class UserError extends Error {
  override name = "UserError";
}

/** Mandatory policies are violated. Commands end with exit code 2. */
export class RefusedError extends UserError {
  override name = "RefusedError";
}

/** The program of a stack failed. Its diagnostics hold at least one error. */
export class ProgramError extends UserError {
  override name = "ProgramError";

  constructor(
    readonly stackName: string,
    readonly diagnostics: Diagnostic[],
  ) {
    super(diagnostics.flatMap(({ severity, message }) => (severity === "error" ? [message] : [])).join("\n"));
  }
}

/** Messages of a running program, and the errors with which a command ends because of them. */
import { UserError } from "../../../model/userError";

/** A message from a program or about it. */
export interface Diagnostic {
  severity: "info" | "warning" | "error";
  message: string;
  /** The resource it is about, if any. */
  urn?: string;
}

/** Mandatory policies are violated. */
export class RefusedError extends UserError {
  override name = "RefusedError";
  override readonly exitCode = 2;
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

/** Errors of the local cluster, which always have a remedy. */
import { baas } from "../model/baasCommand";

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

/** Refuses to stop, or start by itself, the node that everything else needs. */
export function controlPlaneError(node: string): LocalError {
  return new LocalError(
    `${node} runs the control plane; without it there is no cluster.`,
    `${baas("local down")} stops all nodes, and "up" starts them.`,
  );
}

/** The message of any thrown value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

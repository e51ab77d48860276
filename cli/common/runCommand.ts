/** Runs a command: its arguments, its exit code, and Ctrl-C. */
import type { Command } from "commander";

import { UserError } from "../../model/userError";
import { reportError } from "./errorOutput";

/**
 * The function of a command.
 *
 * @param given - its arguments and options by their names
 * @param signal - aborted at the first Ctrl-C, for a command that handles it
 * @returns the exit code
 */
type Run = (given: any, signal: AbortSignal) => Promise<number> | number;

type Action = (this: Command, ...args: unknown[]) => Promise<void>;

/**
 * The action of a command that ends at once on a signal.
 *
 * @param load - loads what the command does
 */
export function plain(load: () => Promise<Run>): Action {
  return async function () {
    await end(this, async () => (await load())(givenTo(this), new AbortController().signal));
  };
}

/**
 * The action of a command that changes something: the first signal lets it clean up, the second ends it at once.
 *
 * @param load - loads what the command does
 */
export function interruptible(load: () => Promise<Run>): Action {
  return async function () {
    const controller = new AbortController();
    let first: number | undefined;
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.on(name, () => {
        first ??= Date.now();
        if (Date.now() - first > sameSignal) process.exit(1);
        controller.abort();
      });
    }
    await end(this, async () => (await load())(givenTo(this), controller.signal));
    // Open connections would keep the process running.
    setImmediate(() => process.exit());
  };
}

/** Milliseconds in which a signal can arrive twice: from the terminal, and from the launcher under an older Node. */
const sameSignal = 500;

function givenTo(command: Command): Record<string, unknown> {
  const names = command.registeredArguments.map((argument) => argument.name());
  return { ...Object.fromEntries(names.map((name, i) => [name, command.processedArgs[i]])), ...command.opts() };
}

async function end(command: Command, run: () => Promise<number>): Promise<void> {
  // EPIPE is no error: a reader such as `head` has closed the pipe.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
  try {
    process.exitCode = await run();
  } catch (error) {
    process.exitCode = error instanceof UserError ? error.exitCode : 1;
    reportError(error, command.opts().json === true);
  }
}

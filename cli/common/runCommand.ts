/** How a command runs and ends: its arguments, its exit code, Ctrl-C, and what a user gets to see of an error. */
import type { Command } from "commander";

import { LocalError } from "../../local-cluster/localError";
import { UserError } from "../../model/userError";
import { traceInSources } from "./sourceTrace";

/**
 * What a command does.
 *
 * @param given - its arguments and options by their names
 * @param signal - aborted at the first Ctrl-C, for a command that is interruptible
 * @returns the exit code
 */
type Run = (given: any, signal: AbortSignal) => Promise<number> | number;

type Action = (this: Command, ...args: unknown[]) => Promise<void>;

/**
 * The action of a command that a signal ends at once.
 *
 * @param load - loads what the command does
 */
export function plain(load: () => Promise<Run>): Action {
  return async function () {
    await end(async () => (await load())(givenTo(this), new AbortController().signal));
  };
}

/**
 * The same for a command that changes something: the first signal lets it put things in order, the second ends it at once.
 *
 * @param load - loads what the command does
 */
export function interruptible(load: () => Promise<Run>): Action {
  return async function () {
    const controller = new AbortController();
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.on(name, () => {
        if (controller.signal.aborted) process.exit(1);
        controller.abort();
      });
    }
    await end(async () => (await load())(givenTo(this), controller.signal));
    // Connections may be open still when all is said.
    setImmediate(() => process.exit());
  };
}

function givenTo(command: Command): Record<string, unknown> {
  const names = command.registeredArguments.map((argument) => argument.name());
  return { ...Object.fromEntries(names.map((name, i) => [name, command.processedArgs[i]])), ...command.opts() };
}

async function end(run: () => Promise<number>): Promise<void> {
  // A reader that has seen enough, such as `head`, is no error.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
  try {
    process.exitCode = await run();
  } catch (error) {
    process.exitCode = error instanceof UserError ? error.exitCode : 1;
    process.stderr.write(`${explain(error)}\n`);
  }
}

function explain(error: unknown): string {
  if (error instanceof UserError || error instanceof LocalError) return error.message;
  // A file that cannot be written, a full disk: the system's own words say it.
  const { code, syscall, message } = error as NodeJS.ErrnoException;
  if (code !== undefined && syscall !== undefined) return message;
  return `This should not happen; please report it:\n${error instanceof Error ? traceInSources(error) : String(error)}`;
}

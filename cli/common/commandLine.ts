/** What the commands share: arguments, errors, exit codes. */
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parseArgs, type ParseArgsConfig } from "node:util";

import { LocalError } from "../../local-cluster/localError";
import { UserError } from "../../model/userError";

/** What a command was asked to do. */
export interface Arguments {
  stack: string;
  flags: Record<string, boolean>;
  options: Record<string, string>;
}

/** Arguments that a command takes besides the stack. */
export interface AcceptedArguments {
  usage: string;
  /** What it is about, if not a stack that is there. */
  subject?: "stack" | "network" | "environment";
  flags?: readonly string[];
  options?: readonly string[];
}

/**
 * Reads a command's arguments.
 *
 * @throws {@link UserError} with the usage, for arguments that it does not take
 */
export function parseArguments(args: readonly string[], accepted: AcceptedArguments): Arguments {
  const { usage, subject = "stack" } = accepted;
  const { positionals, ...rest } = parseOptions(args, accepted);
  const [stack, ...more] = positionals;
  if (stack === undefined) throw new UserError(`which ${subject}?\n\n${usage}`);
  if (more.length > 0) throw new UserError(`one ${subject} at a time: what is ${more.join(" ")}?\n\n${usage}`);
  return { stack, ...rest };
}

/**
 * Reads the arguments of a command that is not about one stack.
 *
 * @throws {@link UserError} with the usage, for arguments that it does not take
 */
export function parseFlags(
  args: readonly string[],
  accepted: Omit<AcceptedArguments, "subject">,
): Omit<Arguments, "stack"> {
  const { positionals, ...rest } = parseOptions(args, accepted);
  if (positionals.length === 0) return rest;
  throw new UserError(`it is about all stacks: what is ${positionals.join(" ")}?\n\n${accepted.usage}`);
}

function parseOptions(
  args: readonly string[],
  { usage, flags = [], options = [] }: AcceptedArguments,
): Omit<Arguments, "stack"> & { positionals: string[] } {
  const accepted: ParseArgsConfig["options"] = { help: { type: "boolean", short: "h" } };
  for (const name of flags) accepted[name] = { type: "boolean" };
  for (const name of options) accepted[name] = { type: "string" };
  let values: Record<string, unknown>;
  let positionals: string[];
  try {
    ({ values, positionals } = parseArgs({ args, options: accepted, allowPositionals: true }));
  } catch (error) {
    throw new UserError(`${(error as Error).message.replace(/\. To specify a positional.*/s, "")}\n\n${usage}`);
  }
  if (values.help === true) throw new Help(usage);
  const given = Object.entries(values);
  return {
    positionals,
    flags: Object.fromEntries(given.filter((entry): entry is [string, boolean] => typeof entry[1] === "boolean")),
    options: Object.fromEntries(given.filter((entry): entry is [string, string] => typeof entry[1] === "string")),
  };
}

/** Asks for the usage: printed, and no error. */
class Help extends Error {}

/** The project that a command works on: the nearest folder with a Pulumi.yaml, from the current one upwards. */
export function findProject(from = process.cwd()): string {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    if (existsSync(join(folder, "Pulumi.yaml"))) return folder;
    if (folder === dirname(folder)) throw new UserError(`there is no Pulumi.yaml in ${from} or above`);
  }
}

/** A path that the user gave, from where the user gave it: npm runs commands in the project's folder. */
export function userPath(path: string, command: string): string {
  const { npm_lifecycle_event: script, INIT_CWD: calledFrom } = process.env;
  return resolve(script === command && calledFrom !== undefined ? calledFrom : process.cwd(), path);
}

/**
 * Runs a command and ends the process with its exit code. What a user can act on is printed as its message alone.
 *
 * @param main - returns the exit code
 */
export function runCommand(main: (args: string[]) => Promise<number>): void {
  // A reader that has seen enough, such as `head`, is no error.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
  main(process.argv.slice(2)).then(
    (code) => void (process.exitCode = code),
    (error: unknown) => {
      if (error instanceof Help) {
        process.stdout.write(error.message);
        return;
      }
      process.exitCode = error instanceof UserError ? error.exitCode : 1;
      process.stderr.write(`${explain(error)}\n`);
    },
  );
}

/**
 * The same for a command that changes a cluster: the first Ctrl-C aborts the signal, so that it can put things in order,
 * the second ends it at once.
 */
export function runInterruptibly(main: (args: string[], signal: AbortSignal) => Promise<number>): void {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(1);
      controller.abort();
    });
  }
  // Connections may be open still when all is said.
  runCommand((args) => main(args, controller.signal).finally(() => setImmediate(() => process.exit())));
}

function explain(error: unknown): string {
  if (error instanceof UserError || error instanceof LocalError) return error.message;
  // A file that cannot be written, a full disk: the system's own words say it.
  const { code, syscall, message, stack } = error as NodeJS.ErrnoException;
  if (code !== undefined && syscall !== undefined) return message;
  return `This should not happen; please report it:\n${stack ?? String(error)}`;
}

/** Runs programs of the machine and waits for them. */
import { type ChildProcess, spawn } from "node:child_process";

import { LocalError } from "./localError";

/** Options for running a program. */
export interface RunOptions {
  /** Added to this process's environment. */
  env?: Record<string, string | undefined>;
  cwd?: string;
  /** Written to the program's standard input. */
  input?: string;
  /** Milliseconds until the program is killed and the call fails. */
  timeout?: number;
  /** Called with each line of both outputs as it comes. */
  onLine?: (line: string) => void;
}

/** The result of a program. */
export interface RunResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** The error of a failed program; `output` holds the end of its output. */
export class CommandError extends Error {
  constructor(
    readonly command: string,
    readonly code: number,
    readonly output: string,
  ) {
    super(`${command} failed (${code}): ${output || "no output"}`);
    this.name = "CommandError";
  }
}

// A program must not continue after its command was interrupted.
const children = new Set<ChildProcess>();
process.on("exit", () => children.forEach((child) => child.kill()));

/** Runs a program to its end and returns its output, whatever its exit code. Fails only if it cannot start. */
export function tryRun(program: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ["pipe", "pipe", "pipe"],
      timeout: options.timeout,
    });
    children.add(child);
    const chunks = { stdout: "", stderr: "" };
    const collect = (name: "stdout" | "stderr") => {
      let partial = "";
      child[name].setEncoding("utf8").on("data", (text: string) => {
        chunks[name] += text;
        if (!options.onLine) return;
        const lines = (partial + text).split("\n");
        partial = lines.pop() ?? "";
        lines.forEach(options.onLine);
      });
    };
    collect("stdout");
    collect("stderr");
    // A program may end before it has read all its input; its exit code shows whether it succeeded.
    child.stdin.on("error", () => undefined);
    child.stdin.end(options.input ?? "");
    child.on("error", (error) => {
      children.delete(child);
      reject(error);
    });
    child.on("close", (code) => {
      children.delete(child);
      resolve({ code: code ?? 1, ...chunks });
    });
  });
}

/**
 * Runs a program and returns its standard output.
 *
 * @throws {@link CommandError} when its exit code is not 0, with the end of its output
 */
export async function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const result = await tryRun(program, args, options);
  if (result.code !== 0) throw new CommandError(commandName(program, args), result.code, lastLines(result));
  return result.stdout;
}

/**
 * Does work that runs programs, and explains to the user why one of them has failed.
 *
 * @param explain - returns the error to throw; by default a {@link LocalError} with the program's message
 */
export async function runOrExplain<T>(work: () => Promise<T>, explain = repeatAfterCorrection): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof CommandError ? explain(error) : error;
  }
}

function repeatAfterCorrection({ message }: CommandError): LocalError {
  return new LocalError(message, "Correct the error, then run this again.");
}

function commandName(program: string, args: readonly string[]): string {
  const verbs = args.filter((arg) => !arg.startsWith("-") && !arg.startsWith("/")).slice(0, 3);
  return [program.split("/").pop(), ...verbs].join(" ");
}

function lastLines(result: RunResult): string {
  return (result.stderr.trim() || result.stdout.trim()).split("\n").slice(-8).join("\n");
}

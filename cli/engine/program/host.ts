/** Code of the program process: runs the programs of one stack after the other, as the command requests them. */
import { Console } from "node:console";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { Writable } from "node:stream";
import { compileFunction, constants } from "node:vm";

import type * as pulumiSdk from "@pulumi/pulumi";

import { UserError } from "../../../model/userError";
import { traceInSources } from "../../common/sourceTrace";
import type { Diagnostic } from "../declared/diagnostics";
import { withValues } from "../declared/registration";
import { decode, encode } from "../declared/values";
import { RandomStore } from "../random/randomStore";
import { Deployment } from "./deployment";
import type { Printed, RunAnswer, RunRequest, StackOutputs } from "./messages";
import { resourceMonitor } from "./monitor";

/**
 * Runs the requested programs until the command ends.
 *
 * @param pulumi - the SDK that the programs use
 * @param packages - the packages that the programs require, by their names
 */
export function hostPrograms(pulumi: typeof pulumiSdk, packages: Record<string, unknown>): void {
  globalThis.console = new Console({ stdout: toCommand("stdout"), stderr: toCommand("stderr") });
  process.on("disconnect", () => process.exit(1));
  process.on("message", (message: RunRequest | StackOutputs) => {
    if (!("stack" in message)) return;
    void run(pulumi, packages, message).then((answer) => {
      process.stdout.write(message.endOfOutput);
      process.stderr.write(message.endOfOutput);
      process.send!(answer);
    });
  });
}

/** One call of `console` is one message: its text may have several lines. */
function toCommand(stream: Printed["stream"]): Writable {
  return new Writable({
    decodeStrings: false,
    write: (text: string, _encoding, done) => {
      process.send!({ stream, text } satisfies Printed);
      done();
    },
  });
}

async function run(
  pulumi: typeof pulumiSdk,
  packages: Record<string, unknown>,
  request: RunRequest,
): Promise<RunAnswer> {
  const { runtime } = pulumi;
  const { project, stack, dryRun } = request;
  const deployment = new Deployment({ project, stack, dryRun, random: new RandomStore(request.randomFile), readStack });
  const failures = new Set<unknown>();
  const fail = (error: unknown): void => void failures.add(error);
  process.on("uncaughtException", fail).on("unhandledRejection", fail);
  let before = "";
  const program = async (): Promise<unknown> => {
    before = surroundings();
    const exported = evaluate(request.program, packages);
    return typeof exported === "function" ? exported() : exported;
  };
  process.chdir(request.workingDir);
  await new Promise<void>((resolve) => {
    const stop = (error: unknown): void => {
      fail(error);
      resolve();
    };
    // Without an engine the SDK logs by `console`, and leaves out three messages for debugging a resource.
    runtime.setMockOptions(resourceMonitor(deployment, stop), project, stack, dryRun, "organization");
    runtime.setAllConfig(request.config);
    // No work is pending, but the program still waits.
    process.once("beforeExit", () => stop(new UserError("the program waits for a promise that nothing resolves")));
    process.channel!.unref();
    runtime
      .runInPulumiStack(program)
      .then(() => runtime.disconnect())
      // The last rejection is known only after this turn of the event loop.
      .then(() => setImmediate(resolve), stop);
  });
  process.channel!.ref();
  process.removeAllListeners("beforeExit");
  process.off("uncaughtException", fail).off("unhandledRejection", fail);
  return {
    registrations: deployment.registrations.map((one) => withValues(one, encode)),
    outputs: encode(deployment.outputs) as Record<string, unknown>,
    errors: [...failures].map((error) => diagnostic(pulumi, error)),
    reusable: failures.size === 0 && isIdle() && surroundings() === before,
  };
}

/** Evaluates a built program. Each run evaluates it anew, so that no variable of one run reaches the next. */
function evaluate(file: string, packages: Record<string, unknown>): unknown {
  const module = { exports: {} as unknown };
  const requireOther = createRequire(file);
  const requirePackage = (name: string): unknown => (name in packages ? packages[name] : requireOther(name));
  const parameters = ["exports", "require", "module", "__filename", "__dirname"];
  const importModuleDynamically = constants.USE_MAIN_CONTEXT_DEFAULT_LOADER;
  const options = { filename: file, importModuleDynamically };
  const code = compileFunction(readFileSync(file, "utf8"), parameters, options);
  code(module.exports, requirePackage, module, file, dirname(file));
  return module.exports;
}

/** Whether nothing of a program is still under way: no timer, no connection, no child process. */
function isIdle(): boolean {
  return process.getActiveResourcesInfo().every((name) => /^(Pipe|Immediate)/.test(name));
}

/** The state of the process that a program can change for the next one. */
function surroundings(): string {
  return JSON.stringify([process.env, process.umask(), Object.getOwnPropertyNames(globalThis)]);
}

let questions = 0;

/** Requests the outputs of another stack from the command. */
async function readStack(stack: string): Promise<Record<string, unknown>> {
  questions++;
  process.channel!.ref();
  process.send!({ readStack: stack });
  const { outputs, error } = await new Promise<StackOutputs>((resolve) => {
    const take = (message: StackOutputs): void => {
      if (message.of !== stack) return;
      process.off("message", take);
      resolve(message);
    };
    process.on("message", take);
  });
  if (--questions === 0) process.channel!.unref();
  if (error !== undefined) throw new UserError(error);
  return decode(outputs) as Record<string, unknown>;
}

/** Why a program failed: the message of an error for users, the stack trace of any other error. */
function diagnostic({ ResourceError, RunError }: typeof pulumiSdk, error: unknown): Diagnostic {
  const isForUser =
    isUserError(error) || RunError.isInstance(error) || (ResourceError.isInstance(error) && error.hideStack === true);
  const message = isForUser ? (error as Error).message : error instanceof Error ? traceInSources(error) : String(error);
  return { severity: "error", message };
}

/** Whether an error is a UserError: the program has a class of that name of its own. */
function isUserError(error: unknown): boolean {
  for (let type = Object.getPrototypeOf(error ?? {}); type !== null; type = Object.getPrototypeOf(type)) {
    if (type.constructor?.name === UserError.name) return true;
  }
  return false;
}

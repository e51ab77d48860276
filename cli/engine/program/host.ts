/** What runs in the process of programs: the program of one stack after the other, as the parent process asks for them. */
import { Console } from "node:console";
import { Writable } from "node:stream";

import type * as pulumiSdk from "@pulumi/pulumi";

import { traceInSources } from "../../common/sourceTrace";

/** What the parent asks for: one run of the program. */
export interface RunRequest {
  project: string;
  stack: string;
  dryRun: boolean;
  /** Where the resource monitor listens: host and port. */
  address: string;
  workingDir: string;
  config: Record<string, string>;
}

/** What the parent is told meanwhile: a line that the program logs or prints by `console`. */
export interface Printed {
  stream: "stdout" | "stderr";
  text: string;
}

/** What the parent is told at the end of a run, when all that the program registered has been answered. */
export interface RunAnswer {
  /** Why the program failed. */
  errors: string[];
  /** Whether the next run may be in this process: the program is a function, and leaves nothing of one run to the next. */
  reusable: boolean;
}

/** Stands at the end of what a run writes to its standard streams, on both of them. */
export const endOfOutput = "\0";

const parallel = 16;

/**
 * Runs what the parent asks for until the parent is gone. Uses the SDK as its Automation API does for a program in its own process.
 *
 * @param pulumi - the SDK that the program uses
 * @param load - loads the program: a function that declares the resources, or a module that declares them as it is loaded
 */
export function hostPrograms(pulumi: typeof pulumiSdk, load: () => unknown): void {
  globalThis.console = new Console({ stdout: toParent("stdout"), stderr: toParent("stderr") });
  process.on("disconnect", () => process.exit(1));
  process.on("message", (request: RunRequest) => {
    void run(pulumi, load, request).then((answer) => {
      process.stdout.write(endOfOutput);
      process.stderr.write(endOfOutput);
      process.send!(answer);
    });
  });
}

/** One call of `console` is one message: its text may have several lines. */
function toParent(stream: Printed["stream"]): Writable {
  return new Writable({
    decodeStrings: false,
    write: (text: string, _encoding, done) => {
      process.send!({ stream, text } satisfies Printed);
      done();
    },
  });
}

async function run(pulumi: typeof pulumiSdk, load: () => unknown, request: RunRequest): Promise<RunAnswer> {
  const { runtime } = pulumi;
  const { project, stack, address, dryRun, config } = request;
  process.chdir(request.workingDir);
  // Without the address of an engine the SDK logs by `console`, and leaves out three messages for debugging a resource.
  runtime.resetOptions(project, stack, parallel, "", address, dryRun, "organization");
  runtime.setAllConfig(config);
  const failures = new Set<unknown>();
  const fail = (error: unknown): void => void failures.add(error);
  process.on("uncaughtException", fail).on("unhandledRejection", fail);
  let reusable = false;
  try {
    await runtime.runInPulumiStack(async () => {
      const exported = load();
      reusable = typeof exported === "function";
      return typeof exported === "function" ? exported() : exported;
    });
    await runtime.disconnect();
    // What is rejected last is known only after this turn of the event loop.
    await new Promise((resolve) => setImmediate(resolve));
  } catch (error) {
    fail(error);
  }
  process.off("uncaughtException", fail).off("unhandledRejection", fail);
  return { errors: [...failures].map((error) => messageOf(pulumi, error)), reusable };
}

/** Why a program failed: of what is meant for the user, the message; of an accident, where it happened too. */
function messageOf({ ResourceError, RunError }: typeof pulumiSdk, error: unknown): string {
  if (RunError.isInstance(error)) return error.message;
  if (ResourceError.isInstance(error) && error.hideStack === true) return error.message;
  return error instanceof Error ? traceInSources(error) : String(error);
}

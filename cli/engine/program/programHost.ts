/** A process in which programs of a project run, one after the other, seen from the commands' side. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";

import type { Project } from "../../../model/files/project";
import { UserError } from "../../../model/userError";
import { built } from "../../launch/build.cjs";
import type { Diagnostic } from "../declared/diagnostics";
import { encode } from "../declared/values";
import {
  endOfOutput,
  type Printed,
  type RunAnswer,
  type RunRequest,
  type StackOutputs,
  type StackQuestion,
} from "./messages";

/** How a run ended. */
export interface RunEnd {
  /** How the process ended, if it did so before the program had. */
  died?: { code: number | null; signal: NodeJS.Signals | null };
  /** What the program declared, unless the process ended before that. */
  answer?: RunAnswer;
  /** What the program logged. */
  logged: Diagnostic[];
  /** What else the program wrote to standard output and standard error. */
  stdout: string;
  stderr: string;
}

/** The process. It loads the SDK when it starts, so it is worth starting early and keeping. */
export class ProgramHost {
  private readonly child: ChildProcess;
  private readonly written = { stdout: "", stderr: "" };
  private readonly printed = { stdout: "", stderr: "" };
  private logged: Diagnostic[] = [];
  private settle: (() => void) | undefined;
  private answer: RunAnswer | undefined;
  private end: RunEnd["died"];
  private problem: Error | undefined;
  private readStack: (stack: string) => Promise<Record<string, unknown>> = async () => ({});

  constructor(project: Project) {
    this.child = spawn(process.execPath, [...flags, hostFile(project)], {
      cwd: project.workingDir,
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      env: {
        ...inheritedEnvironment(),
        NODE_COMPILE_CACHE: join(project.dir, ".baas", "cache", "node"),
        PULUMI_NODEJS_ROOT_DIRECTORY: project.dir,
      },
    });
    for (const stream of streams) {
      this.child[stream]!.setEncoding("utf8").on("data", (text: string) => {
        this.written[stream] += text;
        this.settle?.();
      });
    }
    this.child.on("message", (message: Printed | RunAnswer | StackQuestion) => {
      if ("text" in message) this.take(message);
      else if ("readStack" in message) void this.tell(message.readStack);
      else this.answer = message;
      this.settle?.();
    });
    this.child.on("error", (error) => {
      this.problem = error;
      this.settle?.();
    });
    this.child.on("close", (code, signal) => {
      this.end = { code, signal };
      this.settle?.();
    });
    endWithThisProcess(this.child);
  }

  /** Whether another program can run here. */
  get isReusable(): boolean {
    return this.end === undefined && this.answer?.reusable === true && this.answer.errors.length === 0;
  }

  /**
   * Runs a program to its end. One at a time.
   *
   * @param readStack - gives the outputs of other stacks, for the program's references to them
   * @throws {@link UserError} when the process cannot be started
   */
  async run(request: RunRequest, readStack: ProgramHost["readStack"]): Promise<RunEnd> {
    this.readStack = readStack;
    this.answer = undefined;
    this.logged = [];
    for (const stream of streams) this.written[stream] = this.printed[stream] = "";
    // A process that is gone answers by its end.
    this.child.send(request, () => undefined);
    await new Promise<void>((resolve) => {
      this.settle = () => {
        if (this.problem !== undefined || this.end !== undefined || this.isAnswered()) resolve();
      };
      this.settle();
    });
    if (this.problem !== undefined) throw new UserError(`the program could not be started: ${this.problem.message}`);
    const [stdout, stderr] = streams.map((stream) =>
      stripVTControlCharacters(this.printed[stream] + this.written[stream].replaceAll(endOfOutput, "")),
    );
    return {
      ...(this.end !== undefined && { died: this.end }),
      ...(this.answer !== undefined && { answer: this.answer }),
      logged: this.logged,
      ...{ stdout: stdout!, stderr: stderr! },
    };
  }

  /** Ends the process. */
  stop(): void {
    this.child.kill("SIGKILL");
  }

  private async tell(stack: string): Promise<void> {
    const found = await this.readStack(stack).then(
      (outputs): StackOutputs => ({ of: stack, outputs: encode(outputs) as Record<string, unknown> }),
      (error: Error): StackOutputs => ({ of: stack, error: error.message }),
    );
    if (this.child.connected) this.child.send(found, () => undefined);
  }

  /** Takes what the program prints by `console`, by which the SDK logs, too. */
  private take({ stream, text }: Printed): void {
    const [, severity, message] = /^(info|warning|error): \[runtime\] (.*)$/s.exec(text) ?? [];
    if (message === undefined) this.printed[stream] += text;
    else this.logged.push({ severity: severity as Diagnostic["severity"], message: message.trimEnd() });
  }

  private isAnswered(): boolean {
    return this.answer !== undefined && Object.values(this.written).every((text) => text.endsWith(endOfOutput));
  }
}

const streams = ["stdout", "stderr"] as const;

// The SDK leaves much behind with each resource, all of it soon useless: a larger young generation is cheaper.
const flags = ["--max-semi-space-size=32"];

/** The file that the process runs: the program, the SDK and host.ts in one, as loading hundreds of files takes most of the time. */
function hostFile(project: Project): string {
  const code = [
    `const { hostPrograms } = require(${JSON.stringify(join(__dirname, "host.ts"))});`,
    `hostPrograms(require("@pulumi/pulumi"), () => require(${JSON.stringify(sourceFile(project))}));`,
  ].join("\n");
  try {
    createRequire(join(project.workingDir, "_")).resolve("@pulumi/pulumi");
  } catch {
    throw new UserError(`@pulumi/pulumi is not installed for ${project.dir}: run "npm ci" there`);
  }
  const order = { folder: project.dir, name: "host", code, resolveDir: project.workingDir, bundlesPackages: true };
  try {
    // The SDK serializes functions by TypeScript. It takes longer to load than the rest of the SDK.
    return built({ ...order, absent: { typescript: functionsAsValues } });
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "SyntaxError") throw error;
    throw new UserError(error.message);
  }
}

const functionsAsValues =
  "the program has a function as a value; the offline engine does not serialize them. Use the Pulumi CLI";

/** The program's source: where Pulumi.yaml names a main.cjs that builds index.ts beside it, that. */
function sourceFile({ workingDir, entry }: Project): string {
  const source = join(workingDir, "index.ts");
  return entry === "main.cjs" && existsSync(source) ? source : join(workingDir, entry);
}

/**
 * What a Pulumi CLI around this process has set for its own program is not for ours. Nor is what the Kubernetes provider
 * takes from the environment when a program does not say it: the same program registers the same on every machine.
 */
function inheritedEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(PULUMI_(NODEJS_|CONFIG|K8S_)|KUBECONFIG$|TRACEPARENT$|NODE_OPTIONS$)/.test(name),
    ),
  );
}

const running = new Set<ChildProcess>();

// Signals: a process that is told to stop must not leave programs behind, nor its exit code pretend success.
let watchingSignals = false;

/** Ends a process with this one, however this one ends. */
function endWithThisProcess(child: ChildProcess): void {
  watchSignals();
  running.add(child);
  child.on("close", () => running.delete(child));
}

function watchSignals(): void {
  if (watchingSignals) return;
  watchingSignals = true;
  process.on("exit", () => running.forEach((child) => child.kill("SIGKILL")));
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const) {
    // A command with a handler of its own decides by itself when to exit; until then the programs are stopped.
    process.on(signal, () => {
      running.forEach((child) => child.kill("SIGKILL"));
      if (process.listenerCount(signal) === 1) process.exit(code);
    });
  }
}

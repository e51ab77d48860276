/** The command's side of a program process, in which programs of a project run one after the other. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { constants } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";

import type { Project } from "../../../model/files/project";
import { UserError } from "../../../model/userError";
import type { Diagnostic } from "../declared/diagnostics";
import { encode } from "../declared/values";
import type { HostFiles } from "./hostFiles";
import type { Printed, ReadStack, RunAnswer, RunRequest, StackOutputs, StackQuestion } from "./messages";

/** How a run ended. */
export interface RunEnd {
  /** How the process ended, if it ended before the program. */
  died?: { code: number | null; signal: NodeJS.Signals | null };
  /** The resources that the program declared, unless the process ended first. */
  answer?: RunAnswer;
  /** Messages that the program logged. */
  logged: Diagnostic[];
  /** Other output of the program to standard output and standard error. */
  stdout: string;
  stderr: string;
}

/** The process. Loading the SDK takes time, so start it early and keep it. */
export class ProgramHost {
  private readonly child: ChildProcess;
  private readonly written = { stdout: "", stderr: "" };
  private readonly printed = { stdout: "", stderr: "" };
  private logged: Diagnostic[] = [];
  private settle: (() => void) | undefined;
  private answer: RunAnswer | undefined;
  private endOfOutput = "";
  private end: RunEnd["died"];
  private problem: Error | undefined;
  private readStack: ReadStack = async () => ({});

  constructor(
    project: Project,
    private readonly files: HostFiles,
  ) {
    // A signal may come before `spawn` has returned.
    watchSignals();
    this.child = spawn(process.execPath, [...flags, files.host], {
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
      running.delete(this.child);
      this.end = { code, signal };
      this.settle?.();
    });
    running.add(this.child);
  }

  /** Whether another program can run here. */
  get isReusable(): boolean {
    return this.end === undefined && this.answer?.reusable !== false;
  }

  /**
   * Runs a program to its end. Only one program may run at a time.
   *
   * @param readStack - returns the outputs of other stacks for the program's stack references
   * @throws {@link UserError} when the process cannot be started
   */
  async run(request: Omit<RunRequest, "program" | "endOfOutput">, readStack: ReadStack): Promise<RunEnd> {
    this.readStack = readStack;
    this.answer = undefined;
    this.endOfOutput = `\0${randomUUID()}\0`;
    this.logged = [];
    for (const stream of streams) this.written[stream] = this.printed[stream] = "";
    // If the process has ended, its exit is the answer.
    const { files, endOfOutput } = this;
    this.child.send({ ...request, program: files.program, endOfOutput } satisfies RunRequest, () => undefined);
    await new Promise<void>((resolve) => {
      this.settle = () => {
        if (this.problem !== undefined || this.end !== undefined || this.isAnswered()) resolve();
      };
      this.settle();
    });
    if (this.problem !== undefined) throw new UserError(`the program could not be started: ${this.problem.message}`);
    const [stdout, stderr] = streams.map((stream) =>
      stripVTControlCharacters(this.printed[stream] + this.written[stream].split(endOfOutput)[0]!),
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

  /** Receives messages of `console`, through which the SDK logs, too. */
  private take({ stream, text }: Printed): void {
    const [, severity, message] = /^(info|warning|error): \[runtime\] (.*)$/s.exec(text) ?? [];
    if (message === undefined) this.printed[stream] += text;
    else this.logged.push({ severity: severity as Diagnostic["severity"], message: message.trimEnd() });
  }

  private isAnswered(): boolean {
    return this.answer !== undefined && Object.values(this.written).every((text) => text.includes(this.endOfOutput));
  }
}

const streams = ["stdout", "stderr"] as const;

// The SDK allocates much short-lived memory for each resource: a larger young generation saves garbage collection.
const flags = ["--max-semi-space-size=32"];

/**
 * The environment for programs. It leaves out the variables that a surrounding Pulumi CLI has set for its own program, and the
 * variables that the Kubernetes provider uses as defaults: the same program registers the same resources on every machine.
 */
function inheritedEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(PULUMI_(NODEJS_|CONFIG|K8S_)|KUBECONFIG$|TRACEPARENT$|NODE_OPTIONS$)/.test(name),
    ),
  );
}

/** Programs that end with this process. */
const running = new Set<ChildProcess>();

// On a signal this process must end its programs, and its exit code must not report success.
let watchingSignals = false;

/** Ends what runs when this process ends, in whatever way. */
function watchSignals(): void {
  if (watchingSignals) return;
  watchingSignals = true;
  process.on("exit", () => running.forEach((child) => child.kill("SIGKILL")));
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    // A command with its own handler decides when to exit; only the programs are stopped here.
    process.on(signal, () => {
      running.forEach((child) => child.kill("SIGKILL"));
      if (process.listenerCount(signal) === 1) process.exit(128 + constants.signals[signal]);
    });
  }
}

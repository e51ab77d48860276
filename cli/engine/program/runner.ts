/** Starts a stack's program in a process of its own, through Pulumi's language runner. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";

import { type Project, readStackConfig } from "../../../model/files/project";
import { UserError } from "../../../model/userError";
import { type Diagnostic, ProgramError } from "../declared/diagnostics";
import { Deployment, type DeploymentContext } from "./deployment";
import { Monitor } from "./monitor";

/** The runner's way to say that it failed and has logged why. */
const exitAfterLogging = 32;

const running = new Set<ChildProcess>();

// Signals: a process that is told to stop must not leave programs behind, nor its exit code pretend success.
let watchingSignals = false;

/** Ends a process with this one, however this one ends. */
export function endWithThisProcess(child: ChildProcess): void {
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

/**
 * Runs a stack's program to its end.
 *
 * @param abort - ends the program early, which then fails
 * @returns what the program registered
 * @throws {@link ProgramError} when the program fails, or does what the engine would stop it for
 */
export async function runProcess(
  project: Project,
  context: DeploymentContext,
  abort: AbortSignal,
): Promise<Deployment> {
  const { values, warnings } = readStackConfig(project, context.stack);
  const deployment = new Deployment(context);
  deployment.diagnostics.push(...warnings.map((message): Diagnostic => ({ severity: "warning", message })));
  const monitor = await Monitor.listen();
  let stop = (): void => undefined;
  try {
    const child = start(project, context, values, monitor.address);
    stop = () => void child.kill("SIGKILL");
    if (abort.aborted) stop();
    abort.addEventListener("abort", stop);
    const ended = end(child, deployment);
    monitor.serve(deployment, stop);
    const { code, signal, printed } = await ended;
    const failed = deployment.diagnostics.some(({ severity }) => severity === "error");
    if (!failed && code !== 0) {
      const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
      const message = code === exitAfterLogging ? printed : `the program ended with ${how}\n${printed}`;
      deployment.diagnostics.push({ severity: "error", message: message.trim() });
    }
    if (failed || code !== 0) throw new ProgramError(context.stack, deployment.diagnostics);
    return deployment;
  } finally {
    abort.removeEventListener("abort", stop);
    monitor.close();
  }
}

function start(
  project: Project,
  { stack, dryRun }: DeploymentContext,
  config: Record<string, string>,
  address: string,
): ChildProcess {
  // What compile.cjs does covers CommonJS; an ES module is left to the runner, and to ts-node as under the CLI.
  const isEsModule = packageType(project.workingDir) === "module";
  const args = [
    ...["--require", join(__dirname, "preload.cjs"), languageRunner(project)],
    ...["--monitor", address, "--engine", address],
    ...["--organization", "organization", "--project", project.name, "--stack", stack],
    ...["--root-directory", project.dir, "--pwd", project.workingDir],
    ...["--parallel", "16", ...(dryRun ? ["--dry-run"] : []), project.entry],
  ];
  const child = spawn(process.execPath, args, {
    cwd: project.workingDir,
    // By the last pipe the program notices that this process has ended: see preload.cjs.
    stdio: ["ignore", "pipe", "pipe", "pipe"],
    env: {
      ...inheritedEnvironment(),
      PULUMI_CONFIG: JSON.stringify(config),
      PULUMI_CONFIG_SECRET_KEYS: "[]",
      PULUMI_NODEJS_TYPESCRIPT: String(isEsModule),
      PULUMI_NODEJS_TRANSPILE_ONLY: "true",
      BAAS_COMPILE_CACHE: join(project.dir, ".baas", "cache", "compiled"),
    },
  });
  endWithThisProcess(child);
  return child;
}

/**
 * What a Pulumi CLI around this process has set for its own program is not for ours. Nor is what the Kubernetes provider
 * takes from the environment when a program does not say it: the same program registers the same on every machine.
 */
export function inheritedEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(PULUMI_(NODEJS_|CONFIG|K8S_)|KUBECONFIG$|TRACEPARENT$|NODE_OPTIONS$)/.test(name),
    ),
  );
}

function languageRunner(project: Project): string {
  try {
    return createRequire(join(project.workingDir, "_")).resolve("@pulumi/pulumi/cmd/run");
  } catch {
    throw new UserError(`@pulumi/pulumi is not installed for ${project.dir}: run "npm ci" there`);
  }
}

function packageType(folder: string): string | undefined {
  for (let at = folder; ; at = join(at, "..")) {
    const file = join(at, "package.json");
    if (existsSync(file)) return (JSON.parse(readFileSync(file, "utf8")) as { type?: string }).type;
    if (at === join(at, "..")) return undefined;
  }
}

interface End {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** What the program wrote to standard error. */
  printed: string;
}

/** Waits for the end of a program. What it prints becomes diagnostics, as it does under the CLI. */
function end(child: ChildProcess, deployment: Deployment): Promise<End> {
  let output = "";
  let printed = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (printed += text));
  return new Promise((resolve, reject) => {
    child.on("error", (error) => reject(new UserError(`the program could not be started: ${error.message}`)));
    child.on("close", (code, signal) => {
      printed = stripVTControlCharacters(printed);
      for (const text of [stripVTControlCharacters(output), code === 0 ? printed : ""]) {
        if (text.trim() !== "") deployment.diagnostics.push({ severity: "info", message: text.trimEnd() });
      }
      resolve({ code, signal, printed });
    });
  });
}

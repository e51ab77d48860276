/** Runs the controller as a process of its own, from the bundle in its image. */
import { type ChildProcess, spawn } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { withFileLock } from "../../local-cluster/fileLock";
import { run } from "../../local-cluster/run";

const folder = join(__dirname, "../../services/controller");

const built = mkdtempSync(join(tmpdir(), "baas-controller-build-"));
process.once("exit", () => rmSync(built, { recursive: true, force: true }));

/** The bundle that this process has made: another test that makes one must not take its place while controllers start. */
export const controllerBundle = join(built, "main.mjs");

/** Bundles the controller. */
export async function buildController(): Promise<void> {
  await withFileLock(join(folder, "dist/build.lock"), async () => {
    await run(process.execPath, ["build.mjs"], { cwd: folder });
    copyFileSync(join(folder, "dist/main.mjs"), controllerBundle);
  });
}

/** Options of Node.js, as in its image. */
export const nodeOptions = /NODE_OPTIONS="([^"]*)"/.exec(readFileSync(join(folder, "Dockerfile"), "utf8"))?.[1];

/** Options for starting a controller. */
export interface ControllerOptions {
  kubeconfig: string;
  podName: string;
  podNamespace: string;
  /** Port of the metrics; by default any free port. */
  metricsPort?: number;
}

/** A running controller. */
export class ControllerProcess {
  /** Its log. */
  readonly lines: Record<string, unknown>[] = [];
  /** Its exit code after its end; undefined if a signal ended it. */
  readonly exited: Promise<number | null>;
  private readonly child: ChildProcess;

  constructor(private readonly options: ControllerOptions) {
    const { kubeconfig, podName, podNamespace, metricsPort = 0 } = options;
    this.child = spawn(process.execPath, [controllerBundle], {
      cwd: folder,
      stdio: ["ignore", "pipe", "inherit"],
      env: {
        KUBECONFIG: kubeconfig,
        POD_NAME: podName,
        POD_NAMESPACE: podNamespace,
        METRICS_PORT: String(metricsPort),
        HEALTH_PORT: "0",
        NODE_OPTIONS: nodeOptions,
        // Tests start it often.
        NODE_COMPILE_CACHE: join(built, "cache"),
      },
    });
    running.add(this.child);
    this.exited = new Promise((resolve) => this.child.on("exit", resolve));
    void this.exited.then(() => running.delete(this.child));
    let partial = "";
    this.child.stdout!.setEncoding("utf8").on("data", (text: string) => {
      const lines = (partial + text).split("\n");
      partial = lines.pop() ?? "";
      this.lines.push(...lines.map((line) => JSON.parse(line)));
    });
  }

  /** Its process ID. */
  get pid(): number {
    return this.child.pid!;
  }

  /** Whether it has logged a message. */
  said(message: string): boolean {
    return this.lines.some((line) => line.message === message);
  }

  /** The value of a metric, such as `baas_reconcile_total{kind="Channel",result="ready"}`. */
  async metric(sample: string): Promise<number | undefined> {
    const text = await (await fetch(`http://127.0.0.1:${this.options.metricsPort}/metrics`)).text();
    const line = text.split("\n").find((one) => one.startsWith(`${sample} `));
    return line === undefined ? undefined : Number(line.slice(sample.length + 1));
  }

  /** Sends it a signal. */
  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  /** Ends it as the kubelet does, even if it is frozen. */
  async stop(): Promise<void> {
    this.signal("SIGTERM");
    this.signal("SIGCONT");
    const late = setTimeout(() => this.signal("SIGKILL"), 10_000);
    await this.exited;
    clearTimeout(late);
  }
}

// A test that fails leaves nothing running.
const running = new Set<ChildProcess>();
process.on("exit", () => running.forEach((child) => child.kill("SIGKILL")));

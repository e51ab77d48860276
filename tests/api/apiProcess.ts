/** Runs the API server as processes of this machine, as its image does. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { apiSettingsVariable } from "../../model/contracts/api";

const service = join(__dirname, "../../services/api");
let isBuilt = false;

/** The program, built once for each process of tests. */
function program(): string {
  if (!isBuilt) execFileSync(process.execPath, ["build.mjs"], { cwd: service, stdio: "pipe" });
  isBuilt = true;
  return join(service, "dist/main.mjs");
}

/** A server that runs. */
export class ApiProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
    readonly operationsUrl: string,
    /** What it has logged. */
    readonly lines: Record<string, unknown>[],
  ) {}

  /**
   * Starts a server, and waits until it listens.
   *
   * @param settings - path for a file with its settings, which is written
   * @param limit - of the size of files that it may write, in blocks of 512 bytes
   */
  static async start(settings: string, content: object, limit?: number): Promise<ApiProcess> {
    writeFileSync(settings, JSON.stringify(content));
    const env = {
      PATH: process.env.PATH,
      ...(process.env.API_NODE_OPTIONS && { NODE_OPTIONS: process.env.API_NODE_OPTIONS }),
      [apiSettingsVariable]: settings,
    };
    const shell = limit === undefined ? "" : `trap '' XFSZ; ulimit -f ${limit}; `;
    const child = spawn("/bin/sh", ["-c", `${shell}exec "$0" "$1"`, process.execPath, program()], {
      env,
      stdio: ["ignore", "pipe", "inherit"],
    });
    running.add(child);
    child.once("exit", () => running.delete(child));
    const lines: Record<string, unknown>[] = [];
    const ports = await new Promise<{ port: number; operationsPort: number }>((resolve, reject) => {
      let rest = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        const parts = (rest + text).split("\n");
        rest = parts.pop()!;
        lines.push(...parts.map((line) => JSON.parse(line)));
        const listens = lines.find(({ message }) => message === "The API server listens");
        if (listens) resolve(listens as never);
      });
      child.once("exit", () => reject(new Error(`The API server ended: ${JSON.stringify(lines)}`)));
    });
    return new ApiProcess(child, `http://127.0.0.1:${ports.port}`, `http://127.0.0.1:${ports.operationsPort}`, lines);
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** Ends it as a lost node does: without a word. */
  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill(signal);
    await once(this.child, "exit");
  }
}

// A test that fails leaves nothing running.
const running = new Set<ChildProcess>();
process.on("exit", () => running.forEach((child) => child.kill("SIGKILL")));

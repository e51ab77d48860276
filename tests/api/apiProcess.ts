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
    private readonly logged: string[],
  ) {}

  /**
   * Starts a server, and waits until it listens.
   *
   * @param settings - path for a file with its settings, which is written
   * @param limit - of the size of files that it may write, in blocks of 512 bytes
   * @param nodeOptions - for Node
   */
  static async start(settings: string, content: object, limit?: number, nodeOptions = ""): Promise<ApiProcess> {
    writeFileSync(settings, JSON.stringify(content));
    const env = { PATH: process.env.PATH, NODE_OPTIONS: nodeOptions, [apiSettingsVariable]: settings };
    const shell = limit === undefined ? "" : `trap '' XFSZ; ulimit -f ${limit}; `;
    const child = spawn("/bin/sh", ["-c", `${shell}exec "$0" "$1"`, process.execPath, program()], {
      env,
      stdio: ["ignore", "pipe", "inherit"],
    });
    running.add(child);
    child.once("exit", () => running.delete(child));
    const lines: string[] = [];
    const ports = await new Promise<{ port: number; operationsPort: number }>((resolve, reject) => {
      let rest = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        const parts = (rest + text).split("\n");
        rest = parts.pop()!;
        lines.push(...parts);
        const listens = parts.find((line) => line.includes('"The API server listens"'));
        if (listens !== undefined) resolve(JSON.parse(listens));
      });
      child.once("exit", () => reject(new Error(`The API server ended: ${lines.join("\n")}`)));
    });
    return new ApiProcess(child, `http://127.0.0.1:${ports.port}`, `http://127.0.0.1:${ports.operationsPort}`, lines);
  }

  /** What it has logged. */
  get lines(): Record<string, unknown>[] {
    return this.logged.map((line) => JSON.parse(line));
  }

  /** The next line of its log with a message. */
  next(message: string): Promise<Record<string, unknown>> {
    const seen = this.logged.length;
    const output = this.child.stdout!;
    return new Promise((resolve) => {
      const look = (): void => {
        const found = this.logged.slice(seen).find((line) => line.includes(`"message":"${message}"`));
        if (found === undefined) return;
        output.off("data", look);
        resolve(JSON.parse(found));
      };
      output.on("data", look);
    });
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

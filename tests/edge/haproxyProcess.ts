/** Runs HAProxy as a process of this machine. */
import { type ChildProcess, spawn } from "node:child_process";

import type { HaproxyProgram } from "./haproxyProgram";

/** A running HAProxy, with its master's socket. */
export class HaproxyProcess {
  readonly lines: string[] = [];
  private readonly child: ChildProcess;
  private readonly exited: Promise<unknown>;

  constructor(program: HaproxyProgram, configuration: string, socket: string) {
    this.child = spawn(program.path, ["-W", "-db", "-S", socket, "-f", configuration], {
      stdio: ["ignore", "ignore", "pipe"],
      env: program.env,
    });
    running.add(this.child);
    this.exited = new Promise((resolve) => this.child.on("exit", resolve));
    void this.exited.then(() => running.delete(this.child));
    this.child.stderr!.setEncoding("utf8").on("data", (text: string) => this.lines.push(...text.split("\n")));
  }

  get isRunning(): boolean {
    return running.has(this.child);
  }

  /** Ends master and workers; the socket remains. */
  async stop(): Promise<void> {
    this.child.kill("SIGTERM");
    await this.exited;
  }
}

// A test that fails leaves nothing running.
const running = new Set<ChildProcess>();
process.on("exit", () => running.forEach((child) => child.kill("SIGTERM")));

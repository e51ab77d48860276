/** Runs the sidecar of a gateway as a process of its own, from the bundle in its image. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { join } from "node:path";

import { expect, vi } from "vitest";

const folder = join(__dirname, "../../services/enrol");
const patience = { timeout: 30_000, interval: 50 };

/** A running sidecar. */
export class SidecarProcess {
  readonly lines: string[] = [];
  /** Its exit code after its end; undefined if a signal ended it. */
  readonly exited: Promise<number | null>;
  private readonly child: ChildProcess;
  private heard = 0;

  /** Bundles the program. */
  static build(): void {
    execFileSync(process.execPath, ["build.mjs"], { cwd: folder });
  }

  constructor(environment: Record<string, string>) {
    this.child = spawn(process.execPath, ["dist/main.mjs", "gateway"], { cwd: folder, env: environment });
    this.exited = new Promise((resolve) => this.child.on("exit", resolve));
    for (const output of [this.child.stdout!, this.child.stderr!]) {
      output.setEncoding("utf8").on("data", (text: string) => this.lines.push(...text.split("\n").filter(Boolean)));
    }
  }

  /** Waits for a line after the lines of earlier waits. */
  async says(pattern: RegExp): Promise<void> {
    const said = () => expect(this.lines.slice(this.heard)).toContainEqual(expect.stringMatching(pattern));
    await vi.waitFor(said, patience);
    this.heard += this.lines.slice(this.heard).findIndex((line) => pattern.test(line)) + 1;
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> {
    this.child.kill(signal);
    return this.exited;
  }
}

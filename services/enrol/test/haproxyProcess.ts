import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";

import { ensurePackages, parseOsRelease } from "../../../infra/local/debianPackages";
import { messageOf } from "../src/failure";

/** A program with the environment that it needs. */
export interface Program {
  readonly path: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** HAProxy: HAPROXY_BIN if it is set, or Debian's. A text says why there is none. */
export async function findHaproxy(): Promise<Program | string> {
  const given = process.env.HAPROXY_BIN;
  if (given) return { path: given, env: process.env };
  if (!isDebian()) return "HAProxy is downloaded on Debian and Ubuntu only: name one in HAPROXY_BIN";
  try {
    const quiet = { line: () => {}, waiting: () => {}, done: () => {} };
    const packages = await ensurePackages(["haproxy"], quiet);
    return { path: packages.program("haproxy"), env: packages.env };
  } catch (error) {
    return messageOf(error);
  }
}

function isDebian(): boolean {
  try {
    const { id, like } = parseOsRelease(readFileSync("/etc/os-release", "utf8"));
    return ["debian", "ubuntu"].some((name) => id === name || like.includes(name));
  } catch {
    return false;
  }
}

/** A running HAProxy, with its master's socket. */
export class HaproxyProcess {
  readonly lines: string[] = [];
  private readonly child: ChildProcess;
  private readonly exited: Promise<unknown>;

  constructor(program: Program, configuration: string, socket: string) {
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

  /** Ends master and workers; the socket stays behind. */
  async stop(): Promise<void> {
    this.child.kill("SIGTERM");
    await this.exited;
  }
}

// A test that fails leaves nothing running.
const running = new Set<ChildProcess>();
process.on("exit", () => running.forEach((child) => child.kill("SIGTERM")));

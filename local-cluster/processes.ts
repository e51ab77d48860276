/**
 * Starts, records, recognizes and ends processes that outlive their command, and runs programs in their namespaces.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** A running process. The start time distinguishes it from a later process with the same ID. */
export interface ProcessRecord {
  pid: number;
  /** In clock ticks since boot, as in /proc/PID/stat. */
  startTime: string;
  /** Identifies the boot from which `startTime` counts. */
  bootId: string;
  /** When it was recorded, in milliseconds since 1970. */
  recordedAt: number;
  /** The hash of the command line and the files it was started with. */
  fingerprint: string;
}

/** PF_EXITING of the kernel's include/linux/sched.h. */
const exitingFlag = 0x4;

/** Some fields of /proc/PID/stat. The second one, the name, may contain blanks and parentheses. */
export function parseStat(stat: string): { state: string; parent: number; exiting: boolean; startTime: string } {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const exiting = (Number(fields[6]) & exitingFlag) !== 0;
  return { state: fields[0], parent: Number(fields[1]), exiting, startTime: fields[19] };
}

/** Describes a running process; undefined if there is none or only a zombie. */
export function describeProcess(pid: number): Omit<ProcessRecord, "fingerprint" | "recordedAt"> | undefined {
  try {
    const { state, startTime } = parseStat(readFileSync(`/proc/${pid}/stat`, "utf8"));
    if (state === "Z" || state === "X") return undefined;
    return { pid, startTime, bootId: readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim() };
  } catch {
    return undefined;
  }
}

/** Whether a process was killed and is exiting: nothing can be started in its namespaces any more. */
export function isEnding(pid: number): boolean {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, "utf8")).exiting;
  } catch {
    return true;
  }
}

/** Whether the process of a record still runs. */
export function isAlive(record: ProcessRecord | undefined): record is ProcessRecord {
  if (!record) return false;
  const now = describeProcess(record.pid);
  return now?.startTime === record.startTime && now.bootId === record.bootId;
}

/** A hash of strings, which shows whether a process must be restarted. */
export function fingerprint(...parts: string[]): string {
  return createHash("sha256").update(parts.join("\0")).digest("hex").slice(0, 16);
}

/** The process records of one instance, one file for each process. */
export class ProcessTable {
  constructor(private readonly directory: string) {}

  /** The record of a name, whether or not that process still runs. */
  read(name: string): ProcessRecord | undefined {
    try {
      return JSON.parse(readFileSync(this.file(name), "utf8")) as ProcessRecord;
    } catch {
      // It does not exist, or a crash of the machine truncated it: then the process does not run any more.
      return undefined;
    }
  }

  /** Records a running process. */
  write(name: string, pid: number, mark: string): ProcessRecord | undefined {
    const process = describeProcess(pid);
    if (!process) return undefined;
    const record = { ...process, recordedAt: Date.now(), fingerprint: mark };
    mkdirSync(this.directory, { recursive: true, mode: 0o700 });
    writeFileSync(`${this.file(name)}.part`, JSON.stringify(record), { mode: 0o600 });
    renameSync(`${this.file(name)}.part`, this.file(name));
    return record;
  }

  /** Deletes the record of a name. */
  remove(name: string): void {
    rmSync(this.file(name), { force: true });
  }

  /** All recorded names. */
  names(): string[] {
    if (!existsSync(this.directory)) return [];
    return readdirSync(this.directory)
      .filter((name) => name.endsWith(".json"))
      .map((name) => name.slice(0, -".json".length));
  }

  private file(name: string): string {
    return join(this.directory, `${name}.json`);
  }
}

/** A program to run inside the node's namespaces. */
export interface NodeProgram {
  argv: string[];
  env: Record<string, string>;
  logFile: string;
}

/** The command that runs a program in all namespaces of the process `init`. */
function enterNode(init: number, argv: readonly string[]): string[] {
  return ["nsenter", `--target=${init}`, "--mount", "--pid", "--net", "--ipc", "--uts", "--", ...argv];
}

/**
 * Starts a program in the node so that it outlives this process, and returns its process ID as the machine sees it.
 *
 * @throws {@link Error} when it ends at once
 */
export async function startInNode(init: number, program: NodeProgram): Promise<number> {
  const log = openSync(program.logFile, "a", 0o600);
  const [command, ...args] = enterNode(init, program.argv);
  const wrapper = spawn(command, args, { detached: true, stdio: ["ignore", log, log], env: program.env });
  closeSync(log);
  wrapper.unref();
  let ended = false;
  wrapper.on("exit", () => (ended = true)).on("error", () => (ended = true));
  // nsenter forks, because only children enter a process namespace; the child is the program.
  for (let attempt = 0; attempt < 200 && !ended && wrapper.pid; attempt++) {
    const child = childOf(wrapper.pid);
    if (child) return child;
    await sleep(10);
  }
  throw new Error(`it ended at once; its log is ${program.logFile}`);
}

function childOf(pid: number): number | undefined {
  const listing = `/proc/${pid}/task/${pid}/children`;
  if (existsSync(listing)) return Number(readFileSync(listing, "utf8").trim().split(" ")[0]) || undefined;
  // Some kernels are built without this file.
  return allProcesses().find((each) => parentOf(each) === pid);
}

function allProcesses(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** The command lines of all processes of this machine, without those that end meanwhile. */
export function allCommandLines(): { pid: number; args: string[] }[] {
  return allProcesses().flatMap((pid) => {
    try {
      return [{ pid, args: readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0") }];
    } catch {
      return [];
    }
  });
}

function parentOf(pid: number): number | undefined {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, "utf8")).parent;
  } catch {
    return undefined;
  }
}

/**
 * Ends a recorded process, and kills it if it still runs after `graceSeconds`. Does nothing if the process ID now belongs to
 * another process.
 */
export async function stopProcess(record: ProcessRecord | undefined, graceSeconds: number): Promise<void> {
  if (!isAlive(record)) return;
  if (graceSeconds > 0) {
    signal(record.pid, "SIGTERM");
    if (await goneWithin(record, graceSeconds)) return;
  }
  signal(record.pid, "SIGKILL");
  await goneWithin(record, 10);
}

/** Waits for the end of a process; returns whether it has ended. */
export async function goneWithin(record: ProcessRecord, seconds: number): Promise<boolean> {
  const deadline = Date.now() + seconds * 1000;
  while (isAlive(record)) {
    if (Date.now() > deadline) return false;
    await sleep(25);
  }
  return true;
}

/** Sends a signal; it is no error if the process has ended. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

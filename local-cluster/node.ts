/** Starts, watches and stops the processes of a local cluster's node. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { baas } from "../model/baasCommand";
import { createGroup, processesIn, removeGroup } from "./cgroups";
import type { Instance } from "./instance";
import { LocalError, messageOf } from "./localError";
import type { Component, NodeContext } from "./nodeComponents";
import { connectNode, removeLink } from "./nodeNetwork";
import {
  allCommandLines,
  fingerprint,
  goneWithin,
  isAlive,
  isEnding,
  type ProcessRecord,
  ProcessTable,
  signal,
  startInNode,
  stopProcess,
} from "./processes";
import type { Progress } from "./progress";
import { run } from "./run";

/** The record of the node's process 1; the kernel ends all others with it. */
const initName = "init";

/** The records of the instance's processes. */
export function processTable(instance: Instance): ProcessTable {
  return new ProcessTable(join(instance.stateDir, "processes"));
}

/** The node's process 1, if the node is running. */
export function runningInit(instance: Instance): ProcessRecord | undefined {
  const init = processTable(instance).read(initName);
  return isAlive(init) && !isEnding(init.pid) ? init : undefined;
}

/** Starts an empty node: namespaces, control groups, the virtual Ethernet link to the host. */
export async function startNode(context: NodeContext): Promise<ProcessRecord> {
  const { instance, link, binaries } = context;
  await clearRemainsPatiently(instance);
  mkdirSync(instance.runtimeDir, { recursive: true, mode: 0o700 });
  mkdirSync(instance.dataDir, { recursive: true, mode: 0o711 });
  for (const directory of ["containerd", "etcd", "kubelet", "volumes", "logs", "opt"]) {
    mkdirSync(join(instance.dataDir, directory), {
      recursive: true,
      mode: directory === "volumes" ? 0o711 : 0o700,
    });
  }
  createGroup(instance.cgroup);
  const { runtimeDir, dataDir, nodeName } = instance;
  let pid: number;
  try {
    pid = Number(await run(binaries.helper, ["node", runtimeDir, dataDir, nodeName]));
  } catch (error) {
    throw new LocalError(
      `The node's namespaces cannot be created: ${messageOf(error)}`,
      "This needs full root rights; inside a container, run it privileged.",
    );
  }
  const init = processTable(instance).write(initName, pid, "");
  if (!init) throw new Error(`the node's process 1 ended; its log is ${dataDir}/init.log`);
  await connectNode(instance, link, pid);
  return init;
}

/** Starts a component unless it runs already with the same command line, configuration and certificates. */
export async function ensureComponent(
  context: NodeContext,
  init: ProcessRecord,
  component: Component,
  extraMark: string,
): Promise<ProcessRecord> {
  const { instance, packages } = context;
  const table = processTable(instance);
  const mark = fingerprint(...component.argv, ...Object.entries(component.files).flat(), extraMark);
  const existing = table.read(component.name);
  if (isAlive(existing)) {
    if (existing.fingerprint === mark) return existing;
    await stopProcess(existing, 20);
  }
  for (const [file, text] of Object.entries(component.files)) {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, text, { mode: 0o600 });
  }
  const logFile = logFileOf(instance, component.name);
  mkdirSync(dirname(logFile), { recursive: true, mode: 0o700 });
  // Each run of the component starts a new log: only the last run matters.
  rmSync(logFile, { force: true });
  try {
    const pid = await startInNode(init.pid, { argv: component.argv, env: packages.env, logFile });
    const record = table.write(component.name, pid, mark);
    if (record) return record;
    throw new Error("it ended at once");
  } catch (error) {
    throw componentFailure(instance, component.name, messageOf(error));
  }
}

/** The log file of a component. */
function logFileOf(instance: Instance, component: string): string {
  return join(instance.stateDir, "logs", `${component}.log`);
}

/**
 * Waits until a condition holds, and checks meanwhile that the components run.
 *
 * @throws {@link LocalError} when a component ends, or after `seconds`
 */
export async function waitFor(
  instance: Instance,
  progress: Progress,
  what: string,
  seconds: number,
  condition: () => Promise<boolean>,
): Promise<void> {
  const table = processTable(instance);
  const deadline = Date.now() + seconds * 1000;
  progress.waiting(`waiting for ${what}`);
  while (!(await condition())) {
    const dead = table.names().find((name) => !isAlive(table.read(name)));
    if (dead) throw componentFailure(instance, dead, "it ended");
    if (Date.now() > deadline) {
      throw new LocalError(
        `${what} did not become ready within ${seconds} s.`,
        `Look at the logs in ${join(instance.stateDir, "logs")}; \`${baas("local down")}\` and \`up\` restart everything and keep the data.`,
      );
    }
    await sleep(100);
  }
  progress.done();
}

function componentFailure(instance: Instance, component: string, reason: string): LocalError {
  const log = logFileOf(instance, component);
  const lines = existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : [];
  // Kubernetes' components begin a fatal or error line with F or E and the date.
  const telling = lines.filter((line) => /^[EF]\d{4} |error|Error|fatal|panic/.test(line)).slice(-3);
  const excerpt = (telling.length > 0 ? telling : lines.slice(-3))
    .map((line) => `\n     ${line.slice(0, 300)}`)
    .join("");
  return new LocalError(`${component} does not run: ${reason}${excerpt}`, `Its whole log is ${log}.`);
}

/**
 * Stops the instance: pods first, then the components, then process 1. With process 1 the kernel ends all remaining processes,
 * mounts and the network. Data stays. Does nothing if nothing runs.
 *
 * @param podGraceSeconds - how long pods may take to end
 */
export async function stopNode(instance: Instance, progress: Progress, podGraceSeconds: number): Promise<void> {
  const table = processTable(instance);
  const init = runningInit(instance);
  if (init) {
    progress.waiting("stopping pods");
    // Without the kubelet, nothing restarts them.
    await stopProcess(table.read("kubelet"), 3);
    if (podGraceSeconds > 0) await stopPods(instance, podGraceSeconds);
    progress.waiting("stopping the control plane");
    await Promise.all(
      ["volumes", "networkpolicy", "kube-proxy", "kube-scheduler", "kube-controller-manager", "containerd"].map(
        (name) => stopProcess(table.read(name), 3),
      ),
    );
    await stopProcess(table.read("kube-apiserver"), 3);
    await stopProcess(table.read("etcd"), 5);
    signal(init.pid, "SIGKILL");
    if (!(await goneWithin(init, 15))) {
      throw new LocalError(
        `Process ${init.pid} of the local cluster does not end, although it was killed.`,
        `Something in it waits for a disk; try ${baas("local down")} again later.`,
      );
    }
  }
  await removeLink(instance);
  await clearRemainsPatiently(instance);
  progress.done();
}

/** Ends a node at once without waiting, for an interrupted start. Data stays. */
export function abandonNode(instance: Instance): void {
  const init = runningInit(instance);
  if (init) signal(init.pid, "SIGKILL");
  spawnSync("ip", ["link", "delete", instance.link]);
  clearRemains(instance);
}

async function stopPods(instance: Instance, graceSeconds: number): Promise<void> {
  const group = join(instance.cgroup, "kubepods");
  // The sandboxes' own processes end with process 1.
  const processes = processesIn(group).filter((pid) => !isPause(pid));
  for (const pid of processes) signal(pid, "SIGTERM");
  const deadline = Date.now() + graceSeconds * 1000;
  while (Date.now() < deadline && processesIn(group).some((pid) => processes.includes(pid))) await sleep(50);
}

function isPause(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").startsWith("/sleep\0");
  } catch {
    return true;
  }
}

// The kernel may need a moment to end a killed node's processes. Only then can their control groups be removed.
async function clearRemainsPatiently(instance: Instance): Promise<void> {
  for (let attempt = 0; attempt < 100 && clearRemains(instance).length > 0; attempt++) await sleep(100);
}

// The start was killed before it recorded its process 1, or the record was removed.
function killStrays(instance: Instance): void {
  for (const { pid, args } of allCommandLines()) {
    if (args[1] === "init" && args[2] === instance.runtimeDir && args[3] === instance.dataDir) signal(pid, "SIGKILL");
  }
}

/**
 * Removes everything that a stopped or killed node leaves outside its data: control groups, sockets, records. There are no
 * mounts: they are in the node's own namespace.
 *
 * @returns control groups that still have processes
 */
function clearRemains(instance: Instance): string[] {
  killStrays(instance);
  const left = removeGroup(instance.cgroup);
  rmSync(instance.runtimeDir, { recursive: true, force: true });
  const table = processTable(instance);
  table.names().forEach((name) => table.remove(name));
  return left;
}

/** Starts, watches and stops the processes of a local cluster's nodes. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { baas } from "../model/baasCommand";
import { createGroup, processesIn, removeGroup } from "./cgroups";
import type { Instance, NodePlace } from "./instance";
import { LocalError, messageOf } from "./localError";
import { type ComponentName, describeComponent, type NodeContext } from "./nodeComponents";
import { connectFurtherNode, connectNode } from "./nodeNetwork";
import { certificateFiles } from "./pki";
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

/** The records of a node's processes. */
export function processTable(node: NodePlace): ProcessTable {
  return new ProcessTable(join(node.filesDir, "processes"));
}

/** The node's process 1, if the node is running. */
export function runningInit(node: NodePlace): ProcessRecord | undefined {
  const init = processTable(node).read(initName);
  return isAlive(init) && !isEnding(init.pid) ? init : undefined;
}

/**
 * Starts an empty node: namespaces, control groups, the virtual Ethernet link to the host, or to the first node, which must run.
 */
export async function startNode(context: NodeContext): Promise<ProcessRecord> {
  const { instance, node, link, binaries } = context;
  await clearRemainsPatiently(node);
  mkdirSync(node.runtimeDir, { recursive: true, mode: 0o700 });
  mkdirSync(node.dataDir, { recursive: true, mode: 0o711 });
  for (const directory of ["containerd", "etcd", "kubelet", "volumes", "logs", "opt"]) {
    mkdirSync(join(node.dataDir, directory), { recursive: true, mode: directory === "volumes" ? 0o711 : 0o700 });
  }
  createGroup(node.cgroup);
  const { runtimeDir, dataDir, nodeName } = node;
  let pid: number;
  try {
    pid = Number(await run(binaries.helper, ["node", runtimeDir, dataDir, nodeName]));
  } catch (error) {
    throw new LocalError(
      `The node's namespaces cannot be created: ${messageOf(error)}`,
      "This needs full root rights; inside a container, run it privileged.",
    );
  }
  // A node without its link is not recorded, so that the next start ends it and makes another one.
  if (node === instance) await connectNode(instance, link, pid);
  else await connectFurtherNode(instance, link, node, { first: requireInit(instance).pid, init: pid });
  const init = processTable(node).write(initName, pid, "");
  if (!init) throw new Error(`the node's process 1 ended; its log is ${dataDir}/init.log`);
  return init;
}

function requireInit(instance: Instance): ProcessRecord {
  const init = runningInit(instance);
  if (!init) throw new Error("the first node does not run");
  return init;
}

/** Starts a component of the node unless it runs already with the same command line, configuration and certificates. */
export async function ensureComponent(
  context: NodeContext,
  init: ProcessRecord,
  name: ComponentName,
): Promise<ProcessRecord> {
  const { instance, node, packages } = context;
  const { argv, files } = describeComponent(name, context);
  const table = processTable(node);
  const certificates = certificateFiles(instance, node).map((file) => readFileSync(file, "utf8"));
  const mark = fingerprint(...argv, ...Object.entries(files).flat(), fingerprint(...certificates));
  const existing = table.read(name);
  if (isAlive(existing)) {
    if (existing.fingerprint === mark) return existing;
    await stopProcess(existing, 20);
  }
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, text, { mode: 0o600 });
  }
  const logFile = logFileOf(node, name);
  mkdirSync(dirname(logFile), { recursive: true, mode: 0o700 });
  // Each run of the component starts a new log: only the last run matters.
  rmSync(logFile, { force: true });
  try {
    const pid = await startInNode(init.pid, { argv, env: packages.env, logFile });
    const record = table.write(name, pid, mark);
    if (record) return record;
    throw new Error("it ended at once");
  } catch (error) {
    throw componentFailure(node, name, messageOf(error));
  }
}

/** The log file of a component. */
function logFileOf(node: NodePlace, component: string): string {
  return join(node.filesDir, "logs", `${component}.log`);
}

/**
 * Waits until a condition holds, and checks meanwhile that the node's components run.
 *
 * @throws {@link LocalError} when a component ends, or after `seconds`
 */
export async function waitFor(
  node: NodePlace,
  progress: Progress,
  what: string,
  seconds: number,
  condition: () => Promise<boolean>,
): Promise<void> {
  const table = processTable(node);
  const deadline = Date.now() + seconds * 1000;
  progress.waiting(`waiting for ${what}`);
  while (!(await condition())) {
    const dead = table.names().find((name) => !isAlive(table.read(name)));
    if (dead) throw componentFailure(node, dead, "it ended");
    if (Date.now() > deadline) {
      throw new LocalError(
        `${what} did not become ready within ${seconds} s.`,
        `Look at the logs in ${join(node.filesDir, "logs")}; \`${baas("local down")}\` and \`up\` restart everything and keep the data.`,
      );
    }
    await sleep(100);
  }
  progress.done();
}

function componentFailure(node: NodePlace, component: string, reason: string): LocalError {
  const log = logFileOf(node, component);
  const lines = existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : [];
  // Kubernetes' components begin a fatal or error line with F or E and the date.
  const telling = lines.filter((line) => /^[EF]\d{4} |error|Error|fatal|panic/.test(line)).slice(-3);
  const excerpt = (telling.length > 0 ? telling : lines.slice(-3))
    .map((line) => `\n     ${line.slice(0, 300)}`)
    .join("");
  return new LocalError(`${component} does not run${onNode(node)}: ${reason}${excerpt}`, `Its whole log is ${log}.`);
}

/** Names a node where it is not the only one that it can be. */
function onNode({ ordinal, nodeName }: NodePlace): string {
  return ordinal === 1 ? "" : ` on ${nodeName}`;
}

/**
 * Stops nodes of an instance: their pods first, then the components, then process 1 of each. With process 1 the kernel ends all
 * remaining processes, mounts and the network. Data stays. Does nothing if nothing runs.
 *
 * @param nodes - the first one first, as the control plane must end last
 * @param podGraceSeconds - how long pods may take to end
 */
export async function stopNodes(
  nodes: readonly NodePlace[],
  progress: Progress,
  podGraceSeconds: number,
): Promise<void> {
  const running = nodes.filter((node) => runningInit(node));
  if (running.length > 0) progress.waiting("stopping pods");
  await Promise.all(running.map((node) => stopWorkloads(node, podGraceSeconds)));
  if (running.length > 0) progress.waiting("stopping the control plane");
  for (const node of [...nodes].reverse()) {
    await stopComponents(node);
    await killNode(node);
  }
  progress.done();
}

async function stopWorkloads(node: NodePlace, podGraceSeconds: number): Promise<void> {
  // Without the kubelet, nothing restarts them.
  await stopProcess(processTable(node).read("kubelet"), 3);
  if (podGraceSeconds > 0) await stopPods(node, podGraceSeconds);
}

async function stopComponents(node: NodePlace): Promise<void> {
  if (!runningInit(node)) return;
  const table = processTable(node);
  await Promise.all(
    ["volumes", "networkpolicy", "kube-proxy", "kube-scheduler", "kube-controller-manager", "containerd"].map((name) =>
      stopProcess(table.read(name), 3),
    ),
  );
  await stopProcess(table.read("kube-apiserver"), 3);
  await stopProcess(table.read("etcd"), 5);
}

/**
 * Ends a node at once, as if its power failed. Data stays.
 *
 * @throws {@link LocalError} when the kernel does not end it
 */
export async function killNode(node: NodePlace): Promise<void> {
  const init = runningInit(node);
  if (init) {
    signal(init.pid, "SIGKILL");
    if (!(await goneWithin(init, 15))) {
      throw new LocalError(
        `Process ${init.pid} of the local cluster does not end, although it was killed.`,
        `Something in it waits for a disk; try ${baas("local down")} again later.`,
      );
    }
  }
  await clearRemainsPatiently(node);
}

/** Ends nodes at once without waiting, for an interrupted start. Data stays. */
export function abandonNodes(instance: Instance, nodes: readonly NodePlace[]): void {
  for (const node of nodes) {
    const init = runningInit(node);
    if (init) signal(init.pid, "SIGKILL");
    if (node === instance) spawnSync("ip", ["link", "delete", instance.link]);
    clearRemains(node);
  }
}

async function stopPods(node: NodePlace, graceSeconds: number): Promise<void> {
  const group = join(node.cgroup, "kubepods");
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
async function clearRemainsPatiently(node: NodePlace): Promise<void> {
  for (let attempt = 0; attempt < 100 && clearRemains(node).length > 0; attempt++) await sleep(100);
}

// The start was killed before it recorded its process 1, or the record was removed.
function killStrays(node: NodePlace): void {
  for (const { pid, args } of allCommandLines()) {
    if (args[1] === "init" && args[2] === node.runtimeDir && args[3] === node.dataDir) signal(pid, "SIGKILL");
  }
}

/**
 * Removes everything that a stopped or killed node leaves outside its data: control groups, sockets, records. There are no
 * mounts: they are in the node's own namespace.
 *
 * @returns control groups that still have processes
 */
function clearRemains(node: NodePlace): string[] {
  killStrays(node);
  const left = removeGroup(node.cgroup);
  rmSync(node.runtimeDir, { recursive: true, force: true });
  const table = processTable(node);
  table.names().forEach((name) => table.remove(name));
  return left;
}

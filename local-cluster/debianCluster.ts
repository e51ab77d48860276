/** Starts, inspects and stops a local cluster that consists of processes on Debian or Ubuntu. Needs root. */
import { existsSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";

import { baas } from "../model/baasCommand";
import { addonManifests, applyAddons } from "./addons";
import { ApiClient } from "./apiClient";
import { writeFile } from "./atomicFile";
import { type Binaries, binariesAreBuilt, builtBinaries, ensureBinaries } from "./binaries";
import { ensurePackages, nodePackages } from "./debianPackages";
import { type DebianCluster, startFurtherNodes } from "./furtherNodes";
import { obstacleOnHost, requireLinux } from "./host";
import { defaultName, firstNodes, type Instance, type Link, type NodePlace, nodesOf, zoneOf } from "./instance";
import { withLock } from "./instanceLock";
import { controlPlaneError, LocalError } from "./localError";
import {
  abandonNodes,
  ensureComponent,
  killNode,
  processTable,
  runningInit,
  startNode,
  stopNodes,
  waitFor,
} from "./node";
import { type ComponentName, componentNames, configFile, kubeconfigUsers, type NodeContext } from "./nodeComponents";
import { NodeImages } from "./nodeImages";
import { dnsAddress, planLink, removeLink } from "./nodeNetwork";
import { corednsImage, ensureOwnImages } from "./ownImages";
import { ensureCertificates, kubeconfigFor } from "./pki";
import { fingerprint, isAlive, type ProcessRecord } from "./processes";
import type { Progress } from "./progress";
import { tryRun } from "./run";
import type { ClusterState, GatewayPorts, LocalCluster } from "./runningCluster";

/** Seconds that pods have to end before the cluster stops. */
const podGraceSeconds = 5;

/** Why this machine cannot start it, and what to do about it; undefined if it can, or the node runs. Changes nothing. */
export async function obstacle(instance: Instance): Promise<LocalError | undefined> {
  return runningInit(instance) ? undefined : obstacleOnHost(instance.stateDir);
}

/** Whether an instance is a cluster of this type: it has a record, or at least a node. */
export function hasMade(instance: Instance): boolean {
  return existsSync(recordFile(instance)) || existsSync(instance.runtimeDir);
}

/**
 * Starts the local cluster unless it runs already, and returns when its nodes, DNS and volumes are ready. Continues an
 * incomplete start. Ends half-started processes when interrupted.
 *
 * @param count - the number of nodes; when left out, as many as there are
 * @throws {@link LocalError} when a component does not run, or there are more nodes already
 */
export async function up(
  instance: Instance,
  progress: Progress,
  _ports?: () => GatewayPorts,
  count?: number,
): Promise<LocalCluster> {
  const isComplete = wantedNodes(instance, count).every((node) => runningInit(node));
  const running = isComplete ? await findRunning(instance) : undefined;
  if (running && readRecord(instance)?.addons === addonMark(instance, builtBinaries())) return running;
  return interruptible(instance, () => withLock(instance, progress, () => start(instance, progress, count)));
}

/** @throws {@link LocalError} when there are more nodes than wanted: their volumes would be lost */
function wantedNodes(instance: Instance, count?: number): NodePlace[] {
  const present = nodesOf(instance);
  if (count === undefined || count === present.length) return present;
  if (count > present.length) return firstNodes(instance, count);
  const name = instance.name === defaultName ? "" : ` --name ${instance.name}`;
  throw new LocalError(
    `The local cluster "${instance.name}" has ${present.length} nodes, and cannot shrink to ${count}: volumes belong to their nodes.`,
    `Leave out --nodes to keep them; ${baas("local node stop")} NAME${name} switches one off. ` +
      `Or make the cluster anew, without its data: ${baas("local down --purge")}${name}, then "up".`,
  );
}

async function start(instance: Instance, progress: Progress, count?: number): Promise<LocalCluster> {
  const binaries = await ensureBinaries(progress);
  const packages = await ensurePackages(nodePackages, progress);
  const nodes = wantedNodes(instance, count);
  const before = runningInit(instance);
  const link = (before && readLink(instance)) || (await planLink(instance));
  const [first, ...further] = nodes.map((node): NodeContext => ({ instance, node, link, binaries, packages }));
  progress.waiting("issuing certificates");
  await ensureCertificates(binaries.helper, instance, link, nodes);
  writeKubeconfigs(instance, link, nodes);
  const record: InstanceRecord = { link, ctr: packages.program("ctr") };
  const cluster = describeCluster(instance, link, binaries, record.ctr);
  writeFile(recordFile(instance), JSON.stringify(record));
  // Others have no network any more when the first one has ended.
  if (!before) for (const { node } of further) await killNode(node);
  const init = before ?? (await startNode(first));
  await startFirstNode(first, init, cluster, progress);
  await startFurtherNodes(further, cluster, progress);
  await waitForAll(first, init, progress);
  writeFile(recordFile(instance), JSON.stringify({ ...record, addons: addonMark(instance, binaries) }));
  progress.done();
  return cluster;
}

async function startFirstNode(
  context: NodeContext,
  init: ProcessRecord,
  cluster: DebianCluster,
  progress: Progress,
): Promise<void> {
  const { instance, link, binaries, packages } = context;
  const ensure = (name: ComponentName) => {
    progress.waiting(`starting ${name}`);
    return ensureComponent(context, init, name);
  };
  const api = new ApiClient(instance, link);
  const wait = (what: string, seconds: number, condition: () => Promise<boolean>) =>
    waitFor(instance, progress, what, seconds, condition);

  for (const name of ["etcd", "kube-apiserver", "containerd"] as const) await ensure(name);
  await wait("containerd", 30, async () => (await cluster.images.list().catch(() => undefined)) !== undefined);
  await ensureOwnImages(cluster, binaries, packages);
  await wait("the API server", 90, () => api.isReady());
  const kubelet = await ensure("kubelet");
  for (const name of ["kube-controller-manager", "kube-scheduler", "kube-proxy"] as const) await ensure(name);
  await applyAddons(cluster, binaries);
  await wait("the node", 60, () => api.nodeIsReady(instance.nodeName, kubelet.recordedAt));
  // They need permissions from the addons; the first reads its own node at its start.
  for (const name of ["networkpolicy", "volumes"] as const) await ensure(name);
}

async function waitForAll({ instance, link, binaries }: NodeContext, init: ProcessRecord, progress: Progress) {
  const api = new ApiClient(instance, link);
  await waitFor(instance, progress, "DNS", 90, async () => {
    if (!(await api.podIsReady("kube-system", "k8s-app=kube-dns", init.recordedAt))) return false;
    const lookup = [binaries.helper, "resolve", dnsAddress, "kubernetes.default.svc.cluster.local"];
    return (await tryRun("nsenter", [`--target=${init.pid}`, "--net", "--", ...lookup])).code === 0;
  });
  await waitFor(instance, progress, "all components to stay", 5, () => Promise.resolve(allAlive(instance)));
}

/**
 * Stops the local cluster: no process or mount of the instance is left afterwards. Its data stays for the next {@link up}. With
 * `purge`, pods get no time to end.
 */
export async function down(instance: Instance, progress: Progress, purge: boolean): Promise<void> {
  requireLinux();
  await stopNodes(nodesOf(instance), progress, purge ? 0 : podGraceSeconds);
  await removeLink(instance);
}

/** Ends a node other than the first one at once, as if its power failed. The caller holds the instance's lock. */
export async function stopNode(instance: Instance, progress: Progress, name: string): Promise<void> {
  const node = requireFurther(instance, name);
  progress.waiting(`stopping ${name}`);
  await killNode(node);
  progress.done();
}

/** Starts a node again that {@link stopNode} has ended. The caller holds the instance's lock. */
export async function restartNode(instance: Instance, progress: Progress, name: string): Promise<void> {
  const node = requireFurther(instance, name);
  const record = readRecord(instance);
  if (!record || !runningInit(instance)) throw new Error("the first node does not run");
  const binaries = await ensureBinaries(progress);
  const packages = await ensurePackages(nodePackages, progress);
  const cluster = describeCluster(instance, record.link, binaries, record.ctr);
  const context = { instance, node, link: record.link, binaries, packages };
  await interruptible(instance, () => startFurtherNodes([context], cluster, progress));
  progress.done();
}

function requireFurther(instance: Instance, name: string): NodePlace {
  const node = nodesOf(instance).find(({ nodeName }) => nodeName === name)!;
  if (node !== instance) return node;
  throw controlPlaneError(name);
}

/** Returns its state; starts and changes nothing. */
export async function look(instance: Instance): Promise<ClusterState> {
  const places = nodesOf(instance);
  const isStarted = runningInit(instance) !== undefined;
  const nodes = places.map((node) => ({
    name: node.nodeName,
    zone: zoneOf(node),
    isRunning: isStarted && runningInit(node) !== undefined,
  }));
  if (!isStarted) return { state: "stopped", components: {}, nodes };
  const components = Object.fromEntries(runningNodes(instance).flatMap(componentStates));
  const cluster = await findRunning(instance);
  return { state: cluster ? "running" : "broken", components, nodes, ...(cluster && { cluster }) };
}

function componentStates(node: NodePlace): [name: string, isAlive: boolean][] {
  const table = processTable(node);
  const prefix = node.ordinal === 1 ? "" : `${node.nodeName}: `;
  return table.names().map((name) => [`${prefix}${name}`, isAlive(table.read(name))]);
}

async function findRunning(instance: Instance): Promise<LocalCluster | undefined> {
  const record = readRecord(instance);
  if (!record || !runningInit(instance) || !binariesAreBuilt() || !allAlive(instance)) return undefined;
  const kubelet = processTable(instance).read("kubelet");
  const api = new ApiClient(instance, record.link);
  if (!(await api.nodeIsReady(instance.nodeName, kubelet?.recordedAt ?? 0))) return undefined;
  return describeCluster(instance, record.link, builtBinaries(), record.ctr);
}

function runningNodes(instance: Instance): NodePlace[] {
  return nodesOf(instance).filter((node) => runningInit(node));
}

/** Whether all components of the nodes that run are there; a node may be stopped, but not the first one. */
function allAlive(instance: Instance): boolean {
  const nodes = runningNodes(instance);
  const areWhole = nodes.every((node) => componentNames(node).every((name) => isAlive(processTable(node).read(name))));
  return areWhole && nodes[0] === instance;
}

function describeCluster(instance: Instance, link: Link, binaries: Binaries, ctr: string): DebianCluster {
  return {
    type: "debian",
    name: instance.name,
    kubeconfig: instance.kubeconfig,
    context: instance.context,
    kubectl: binaries.kubectl,
    server: `https://${link.nodeAddress}:6443`,
    nodeAddress: link.nodeAddress,
    nodeName: instance.nodeName,
    stateDir: instance.stateDir,
    images: new NodeImages(ctr, instance),
  };
}

function writeKubeconfigs(instance: Instance, link: Link, nodes: readonly NodePlace[]): void {
  for (const node of nodes) {
    for (const { name, certificate } of kubeconfigUsers(node)) {
      writeFile(configFile(node, `${name}.kubeconfig`), kubeconfigFor(instance, link, certificate));
    }
  }
  writeFile(instance.kubeconfig, kubeconfigFor(instance, link, "admin"));
}

/** Ends the started processes on an interrupt, so that no half of a node keeps running. */
async function interruptible<T>(instance: Instance, work: () => Promise<T>): Promise<T> {
  const before = runningNodes(instance).map(({ ordinal }) => ordinal);
  const onSignal = (name: NodeJS.Signals) => {
    // Processes from before this command keep running.
    abandonNodes(
      instance,
      nodesOf(instance).filter(({ ordinal }) => !before.includes(ordinal)),
    );
    const keepsRunning = before.includes(instance.ordinal);
    process.stderr.write(
      `\nInterrupted; ${keepsRunning ? "the cluster keeps running" : "no process of the cluster is left running"}.\n`,
    );
    process.exit(128 + constants.signals[name]);
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  // Runs before any handler of the command, which would only exit.
  for (const name of signals) process.prependOnceListener(name, onSignal);
  try {
    return await work();
  } finally {
    for (const name of signals) process.removeListener(name, onSignal);
  }
}

function addonMark({ nodeName }: Instance, binaries: Binaries): string {
  return fingerprint(addonManifests(corednsImage(binaries), nodeName));
}

/** Data about an instance other than its processes. */
interface InstanceRecord {
  link: Link;
  ctr: string;
  /** Hash of the addons applied last; absent before the first time. */
  addons?: string;
}

function recordFile(instance: Instance): string {
  return join(instance.stateDir, "instance.json");
}

function readRecord(instance: Instance): InstanceRecord | undefined {
  try {
    return JSON.parse(readFileSync(recordFile(instance), "utf8")) as InstanceRecord;
  } catch {
    return undefined;
  }
}

function readLink(instance: Instance): Link | undefined {
  return readRecord(instance)?.link;
}

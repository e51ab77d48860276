/** Starts, inspects and stops a local cluster that consists of processes on Debian or Ubuntu. Needs root. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";

import { addonManifests, applyAddons } from "./addons";
import { ApiClient } from "./apiClient";
import { writeFile } from "./atomicFile";
import { type Binaries, binariesAreBuilt, builtBinaries, ensureBinaries } from "./binaries";
import { ensurePackages, nodePackages } from "./debianPackages";
import { obstacleOnHost, requireLinux } from "./host";
import { ContainerdImages } from "./imageStore";
import type { Instance, Link } from "./instance";
import { withLock } from "./instanceLock";
import type { LocalError } from "./localError";
import { abandonNode, ensureComponent, processTable, runningInit, startNode, stopNode, waitFor } from "./node";
import { components, configFile, containerdSocket, kubeconfigUsers, type NodeContext } from "./nodeComponents";
import { dnsAddress, planLink } from "./nodeNetwork";
import { corednsImage, ensureOwnImages } from "./ownImages";
import { ensureCertificates, kubeconfigFor, pkiDirectory } from "./pki";
import { fingerprint, isAlive, type ProcessRecord } from "./processes";
import type { Progress } from "./progress";
import { tryRun } from "./run";
import type { ClusterState, LocalCluster } from "./runningCluster";

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
 * Starts the local cluster unless it runs already, and returns when its node, DNS and volumes are ready. Continues an
 * incomplete start. Ends half-started processes when interrupted.
 *
 * @throws {@link LocalError} when a component does not run
 */
export async function up(instance: Instance, progress: Progress): Promise<LocalCluster> {
  const running = await findRunning(instance);
  if (running && readRecord(instance)?.addons === addonMark(builtBinaries())) return running;
  return interruptible(instance, () => withLock(instance, progress, () => start(instance, progress)));
}

async function start(instance: Instance, progress: Progress): Promise<LocalCluster> {
  const binaries = await ensureBinaries(progress);
  const packages = await ensurePackages(nodePackages, progress);
  const before = runningInit(instance);
  const link = (before && readLink(instance)) || (await planLink(instance));
  const context: NodeContext = { instance, link, binaries, packages };
  progress.waiting("issuing certificates");
  await ensureCertificates(binaries.helper, instance, link);
  writeKubeconfigs(instance, link);
  const record: InstanceRecord = { link, ctr: packages.program("ctr") };
  const cluster = describeCluster(instance, link, binaries, record.ctr);
  writeFile(recordFile(instance), JSON.stringify(record));
  const init = before ?? (await startNode(context));
  await startComponents(context, init, cluster, progress);
  writeFile(recordFile(instance), JSON.stringify({ ...record, addons: addonMark(binaries) }));
  progress.done();
  return cluster;
}

async function startComponents(
  context: NodeContext,
  init: ProcessRecord,
  cluster: LocalCluster,
  progress: Progress,
): Promise<void> {
  const { instance, link, binaries, packages } = context;
  const all = components(context);
  const certificates = readDirectoryMark(pkiDirectory(instance));
  const ensure = (name: string) => {
    const component = all.find((each) => each.name === name);
    if (!component) throw new Error(`no component ${name}`);
    progress.waiting(`starting ${name}`);
    return ensureComponent(context, init, component, certificates);
  };
  const api = new ApiClient(instance, link);
  const wait = (what: string, seconds: number, condition: () => Promise<boolean>) =>
    waitFor(instance, progress, what, seconds, condition);

  for (const name of ["etcd", "kube-apiserver", "containerd"]) await ensure(name);
  await wait("containerd", 30, async () => (await cluster.images.list().catch(() => undefined)) !== undefined);
  await ensureOwnImages(cluster, binaries, packages);
  await wait("the API server", 90, () => api.isReady());
  const kubelet = await ensure("kubelet");
  for (const name of ["kube-controller-manager", "kube-scheduler", "kube-proxy"]) await ensure(name);
  await applyAddons(cluster, binaries);
  await wait("the node", 60, () => api.nodeIsReady(instance.nodeName, kubelet.recordedAt));
  // They need permissions from the addons; the first reads its own node at its start.
  for (const name of ["networkpolicy", "volumes"]) await ensure(name);
  await wait("DNS", 90, async () => {
    if (!(await api.podIsReady("kube-system", "k8s-app=kube-dns", init.recordedAt))) return false;
    const lookup = [binaries.helper, "resolve", dnsAddress, "kubernetes.default.svc.cluster.local"];
    return (await tryRun("nsenter", [`--target=${init.pid}`, "--net", "--", ...lookup])).code === 0;
  });
  await wait("all components to stay", 5, () => Promise.resolve(allAlive(instance)));
}

/**
 * Stops the local cluster: no process or mount of the instance is left afterwards. Its data stays for the next {@link up}. With
 * `purge`, pods get no time to end.
 */
export async function down(instance: Instance, progress: Progress, purge: boolean): Promise<void> {
  requireLinux();
  await stopNode(instance, progress, purge ? 0 : podGraceSeconds);
}

/** Returns its state; starts and changes nothing. */
export async function look(instance: Instance): Promise<ClusterState> {
  const table = processTable(instance);
  if (!runningInit(instance)) return { state: "stopped", components: {} };
  const components = Object.fromEntries(table.names().map((each) => [each, isAlive(table.read(each))]));
  const cluster = await findRunning(instance);
  return { state: cluster ? "running" : "broken", components, ...(cluster && { cluster }) };
}

async function findRunning(instance: Instance): Promise<LocalCluster | undefined> {
  const record = readRecord(instance);
  if (!record || !runningInit(instance) || !binariesAreBuilt() || !allAlive(instance)) return undefined;
  const kubelet = processTable(instance).read("kubelet");
  const api = new ApiClient(instance, record.link);
  if (!(await api.nodeIsReady(instance.nodeName, kubelet?.recordedAt ?? 0))) return undefined;
  return describeCluster(instance, record.link, builtBinaries(), record.ctr);
}

function allAlive(instance: Instance): boolean {
  const table = processTable(instance);
  const expected = ["init", "etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "containerd"];
  return [...expected, "kubelet", "kube-proxy", "networkpolicy", "volumes"].every((name) => isAlive(table.read(name)));
}

function describeCluster(instance: Instance, link: Link, binaries: Binaries, ctr: string): LocalCluster {
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
    images: new ContainerdImages(ctr, containerdSocket(instance)),
  };
}

function writeKubeconfigs(instance: Instance, link: Link): void {
  for (const user of kubeconfigUsers) {
    writeFile(configFile(instance, `${user}.kubeconfig`), kubeconfigFor(instance, link, user));
  }
  writeFile(instance.kubeconfig, kubeconfigFor(instance, link, "admin"));
}

/** Ends the started processes on an interrupt, so that no half of a cluster keeps running. */
async function interruptible<T>(instance: Instance, work: () => Promise<T>): Promise<T> {
  const before = runningInit(instance);
  const onSignal = (name: NodeJS.Signals) => {
    // Processes from before this command keep running.
    if (!before) abandonNode(instance);
    process.stderr.write(
      `\nInterrupted; ${before ? "the cluster keeps running" : "no process of the cluster is left running"}.\n`,
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

function addonMark(binaries: Binaries): string {
  return fingerprint(addonManifests(corednsImage(binaries)));
}

// The certificate files that components read at their start.
function readDirectoryMark(directory: string): string {
  const files = readdirSync(directory).filter((file) => /\.(crt|pub)$/.test(file));
  return fingerprint(...files.map((file) => readFileSync(join(directory, file), "utf8")));
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

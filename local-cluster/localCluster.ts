/** The life of the local cluster: how it is brought up, found, looked at and stopped. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";

import { addonManifests, applyAddons } from "./addons";
import { ApiClient } from "./apiClient";
import { type Binaries, binariesAreBuilt, builtBinaries, ensureBinaries } from "./binaries";
import { ensurePackages, nodePackages } from "./debianPackages";
import { requireHost, requireLinux } from "./host";
import { listImages } from "./imageStore";
import { describeInstance, type Instance, type Link } from "./instance";
import { withLock } from "./instanceLock";
import { LocalError } from "./localError";
import { abandonNode, ensureComponent, processTable, runningInit, startNode, stopNode, waitFor } from "./node";
import { components, configFile, containerdSocket, kubeconfigUsers, type NodeContext } from "./nodeComponents";
import { dnsAddress, planLink } from "./nodeNetwork";
import { addonImages, ensureOwnImages } from "./ownImages";
import { ensureCertificates, kubeconfigFor, pkiDirectory } from "./pki";
import { fingerprint, isAlive, type ProcessRecord } from "./processes";
import { type Progress, progressTo } from "./progress";
import { tryRun } from "./run";
import type { LocalCluster } from "./runningCluster";

/** Seconds that pods get to end by themselves before the cluster stops. */
const podGraceSeconds = 5;

/** Which instance, and where to report. */
export interface ClusterOptions {
  /** The instance; `local` when left out. Instances run side by side. */
  name?: string;
  /** Called with a line of text for every step. */
  progress?: ((line: string) => void) | Progress;
}

/** What {@link status} finds. */
export interface ClusterStatus {
  name: string;
  state: "absent" | "stopped" | "running" | "broken";
  /** Each component and whether its process lives; empty when stopped. */
  components: Record<string, boolean>;
  /** Whether the node is ready; only while it runs. */
  nodeReady: boolean;
  cluster?: LocalCluster;
  images: string[];
}

/**
 * Starts the local cluster, or finishes starting it, or finds it running; returns when its node, DNS and volumes are
 * ready. Ends half-started processes when interrupted.
 *
 * @throws {@link LocalError} when the machine cannot run it
 */
export async function up(options: ClusterOptions = {}): Promise<LocalCluster> {
  requireLinux();
  const instance = describeInstance(options.name);
  const progress = toProgress(options.progress);
  const running = await findRunning(instance);
  if (running && readRecord(instance)?.addons === addonMark(instance, builtBinaries())) return running;
  await requireHost(instance.stateDir);
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
  const cluster = describeCluster(instance, link, binaries, packages.program("ctr"));
  const record: InstanceRecord = { link, ctr: cluster.ctr };
  writeFile(recordFile(instance), JSON.stringify(record));
  const init = before ?? (await startNode(context));
  await startComponents(context, init, cluster, progress);
  writeFile(recordFile(instance), JSON.stringify({ ...record, addons: addonMark(instance, binaries) }));
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
  await wait("containerd", 30, async () => (await listImages(cluster).catch(() => undefined)) !== undefined);
  await ensureOwnImages(cluster, binaries, packages);
  await wait("the API server", 90, () => api.isReady());
  const kubelet = await ensure("kubelet");
  for (const name of ["kube-controller-manager", "kube-scheduler", "kube-proxy"]) await ensure(name);
  await applyAddons(cluster, instance, binaries);
  await wait("the node", 60, () => api.nodeIsReady(instance.nodeName, kubelet.recordedAt));
  // It asks for its own node at its start, and for rights that the addons give it.
  await ensure("networkpolicy");
  await wait("DNS", 90, async () => {
    if (!(await api.podIsReady("kube-system", "k8s-app=kube-dns", init.recordedAt))) return false;
    const lookup = [binaries.helper, "resolve", dnsAddress, "kubernetes.default.svc.cluster.local"];
    return (await tryRun("nsenter", [`--target=${init.pid}`, "--net", "--", ...lookup])).code === 0;
  });
  const provisioner = "app=local-path-provisioner";
  await wait("the volume provisioner", 90, () => api.podIsReady("local-path-storage", provisioner, init.recordedAt));
  await wait("all components to stay", 5, () => Promise.resolve(allAlive(instance)));
}

/**
 * Stops the local cluster. Its data stays for the next {@link up} unless `purge` is set, which removes all of the
 * instance. Nothing of it is running or mounted afterwards. Does nothing when there is none.
 */
export async function down(options: ClusterOptions & { purge?: boolean } = {}): Promise<void> {
  requireLinux();
  const instance = describeInstance(options.name);
  const progress = toProgress(options.progress);
  if (!existsSync(instance.stateDir) && !existsSync(instance.runtimeDir)) return;
  await withLock(instance, progress, () => stopNode(instance, progress, options.purge ? 0 : podGraceSeconds));
  if (!options.purge) return;
  rmSync(instance.stateDir, { recursive: true, force: true });
  for (const parent of [dirname(instance.stateDir), resolve(instance.stateDir, "../..")]) {
    if (existsSync(parent) && readdirSync(parent).length === 0) rmdirSync(parent);
  }
}

/** Says what there is of the local cluster; starts and changes nothing. */
export async function status(options: ClusterOptions = {}): Promise<ClusterStatus> {
  const instance = describeInstance(options.name);
  const { name } = instance;
  if (!existsSync(instance.stateDir)) return { name, state: "absent", components: {}, nodeReady: false, images: [] };
  const table = processTable(instance);
  if (!runningInit(instance)) return { name, state: "stopped", components: {}, nodeReady: false, images: [] };
  const alive = Object.fromEntries(table.names().map((each) => [each, isAlive(table.read(each))]));
  const cluster = await findRunning(instance);
  const images = cluster ? await listImages(cluster) : [];
  const state = cluster ? "running" : "broken";
  return { name, state, components: alive, nodeReady: cluster !== undefined, cluster, images };
}

/**
 * The running cluster of that name, whole and healthy.
 *
 * @throws {@link LocalError} when it is not running
 */
export async function requireRunning(name?: string): Promise<LocalCluster> {
  const instance = describeInstance(name);
  const cluster = await findRunning(instance);
  if (cluster) return cluster;
  const option = name ? ` --name ${name}` : "";
  throw new LocalError(
    `The local cluster "${instance.name}" is not running.`,
    `Start it: npm run local -- up${option}`,
  );
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
  return [...expected, "kubelet", "kube-proxy", "networkpolicy"].every((name) => isAlive(table.read(name)));
}

function describeCluster(instance: Instance, link: Link, binaries: Binaries, ctr: string): LocalCluster {
  return {
    name: instance.name,
    kubeconfig: instance.kubeconfig,
    context: instance.context,
    kubectl: binaries.kubectl,
    nodeAddress: link.nodeAddress,
    nodeName: instance.nodeName,
    stateDir: instance.stateDir,
    ctr,
    containerdSocket: containerdSocket(instance),
  };
}

function writeKubeconfigs(instance: Instance, link: Link): void {
  for (const user of kubeconfigUsers) {
    writeFile(configFile(instance, `${user}.kubeconfig`), kubeconfigFor(instance, link, user));
  }
  writeFile(instance.kubeconfig, kubeconfigFor(instance, link, "admin"));
}

/** Ends what was started when the user interrupts, so that no half of a cluster goes on running. */
async function interruptible<T>(instance: Instance, work: () => Promise<T>): Promise<T> {
  const before = runningInit(instance);
  const onSignal = (name: NodeJS.Signals) => {
    // What ran before this command goes on running.
    if (!before) abandonNode(instance);
    process.stderr.write(
      `\nInterrupted; ${before ? "the cluster goes on running" : "nothing of the cluster is left running"}.\n`,
    );
    process.exit(name === "SIGINT" ? 130 : 143);
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  // Before any handler of the command, which would only exit.
  for (const name of signals) process.prependOnceListener(name, onSignal);
  try {
    return await work();
  } finally {
    for (const name of signals) process.removeListener(name, onSignal);
  }
}

function addonMark(instance: Instance, binaries: Binaries): string {
  return fingerprint(addonManifests(instance, addonImages(binaries)));
}

// What the components read from the certificates at their start.
function readDirectoryMark(directory: string): string {
  const files = readdirSync(directory).filter((file) => /\.(crt|pub)$/.test(file));
  return fingerprint(...files.map((file) => readFileSync(join(directory, file), "utf8")));
}

/** What is known of an instance beside its processes. */
interface InstanceRecord {
  link: Link;
  ctr: string;
  /** A mark of the addons that were applied last; none until they were. */
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

function writeFile(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.part`, text, { mode: 0o600 });
  renameSync(`${file}.part`, file);
}

function toProgress(progress: ClusterOptions["progress"]): Progress {
  if (typeof progress === "function") return progressTo(progress);
  return progress ?? progressTo(() => undefined);
}

/**
 * Creates, finds, inspects and stops a local cluster by kind, for machines with Docker. It only uses a cluster that this clone
 * has created; a mount in the container marks it.
 */
import { randomUUID } from "node:crypto";
import { chmodSync, existsSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { baas } from "../model/baasCommand";
import { writeFile } from "./atomicFile";
import { dockerAnswers } from "./docker";
import { programOnPath } from "./host";
import { type Instance, zoneOf } from "./instance";
import { withLock } from "./instanceLock";
import { controlPlaneError, LocalError } from "./localError";
import type { Progress } from "./progress";
import { type CommandError, run, type RunOptions, runOrExplain, tryRun } from "./run";
import type { ClusterState, GatewayPorts, ImageStore, LocalCluster, NodeState } from "./runningCluster";

/** The address of the mapped ports. On macOS and Windows the node's own address is unreachable. */
const loopback = "127.0.0.1";

const startSeconds = 180;

/** Data about a cluster other than its container. */
interface KindRecord {
  /** The path of a mount in the container, which no other cluster has. */
  mark: string;
  /** Ports of this machine that lead to the same NodePorts. They cannot change later. */
  ports: readonly number[];
  /** The number of its nodes; absent in records of clusters with one. It cannot change later. */
  nodes?: number;
  /** Whether its creation has finished. */
  isWhole: boolean;
}

/** Why this machine cannot run such a cluster, and what to do about it; undefined if it can. Changes nothing. */
export async function obstacle(): Promise<LocalError | undefined> {
  if (!(await dockerAnswers())) {
    return new LocalError("No Docker engine answers.", "Start Docker; kind and kubectl must be there, too.");
  }
  const missing = ["kind", "kubectl"].filter((name) => programOnPath(name) === undefined);
  if (missing.length === 0) return undefined;
  return new LocalError(
    `Docker answers, but there is no ${missing.join(" and no ")}.`,
    `Install ${missing.join(" and ")}.`,
  );
}

/** Whether an instance is a cluster of this type. */
export function hasMade(instance: Instance): boolean {
  return existsSync(recordFile(instance));
}

/**
 * Creates or starts the cluster unless it runs already, and returns when its node is ready. Recreates the cluster after an
 * interrupted creation.
 *
 * @param ports - finds the NodePorts that lead to the cluster
 * @throws {@link LocalError} when another user or clone has a cluster of that name, a used port is taken, or kind fails
 */
export async function up(
  instance: Instance,
  progress: Progress,
  ports: () => GatewayPorts,
  nodes?: number,
): Promise<LocalCluster> {
  return withLock(instance, progress, async () => {
    const node = await findNode(instance);
    const record = readRecord(instance);
    if (node && record?.isWhole) {
      requireSameNodes(instance, nodes);
      const stopped = (await nodeStates(instance)).filter(({ isRunning }) => !isRunning).map(({ name }) => name);
      if (stopped.length > 0) await call("docker", ["start", ...stopped]);
      tellUnmapped(record, ports(), progress);
    } else {
      if (node) await deleteCluster(instance);
      await create(instance, ports(), nodes ?? nodeNames(instance).length, progress);
    }
    return ready(instance, progress);
  });
}

/** @throws {@link LocalError} when another number of nodes is wanted than there is */
function requireSameNodes(instance: Instance, wanted?: number): void {
  const { length } = nodeNames(instance);
  if (wanted === undefined || wanted === length) return;
  throw new LocalError(
    `The kind cluster ${instance.kindName} was created with ${length} node${length === 1 ? "" : "s"}; kind cannot change that.`,
    `Leave out --nodes to keep it. Or make it anew, without its data: ${baas("local down --purge")}, then "up --nodes ${wanted}".`,
  );
}

async function create(
  instance: Instance,
  { used, spare }: GatewayPorts,
  nodes: number,
  progress: Progress,
): Promise<void> {
  await requireFree(used);
  const ports = [...used, ...(await split(spare)).free];
  const record: KindRecord = { mark: `/baas-${randomUUID()}`, ports, nodes, isWhole: false };
  const configuration = join(instance.stateDir, "kind.yaml");
  // The record comes first, so that this clone recognizes its cluster even if kind fails.
  writeFile(recordFile(instance), JSON.stringify(record));
  // JSON is YAML.
  writeFile(configuration, JSON.stringify(kindConfiguration(record), undefined, 2));
  const { kindName, kubeconfig, context } = instance;
  const making = `making the kind cluster ${kindName}`;
  progress.waiting(making);
  // kind would add to the old file.
  rmSync(kubeconfig, { force: true });
  const args = ["--name", kindName, "--config", configuration, "--kubeconfig", kubeconfig];
  try {
    await call("kind", ["create", "cluster", ...args], { onLine: (line) => progress.waiting(making, [line.trim()]) });
  } catch (error) {
    if (!(await findNode(instance))) rmSync(recordFile(instance));
    throw error;
  } finally {
    progress.done();
  }
  // It holds an administrator's key.
  chmodSync(kubeconfig, 0o600);
  await call("kubectl", ["config", "rename-context", `kind-${kindName}`, context, `--kubeconfig=${kubeconfig}`]);
  writeFile(recordFile(instance), JSON.stringify({ ...record, isWhole: true }));
}

/** Source: kind's configuration, kind.x-k8s.io/v1alpha4. The version of Kubernetes is kind's default. */
function kindConfiguration({ mark, ports, nodes = 1 }: KindRecord): object {
  const labels = (ordinal: number) => ({ "topology.kubernetes.io/zone": zoneOf({ ordinal }) });
  const workers = Array.from({ length: nodes - 1 }, (_, index) => ({ role: "worker", labels: labels(index + 2) }));
  return {
    kind: "Cluster",
    apiVersion: "kind.x-k8s.io/v1alpha4",
    nodes: [
      {
        role: "control-plane",
        labels: labels(1),
        // Any file would do; this one exists on every machine and in Docker's virtual machines.
        extraMounts: [{ hostPath: "/dev/null", containerPath: mark, readOnly: true }],
        extraPortMappings: ports.map((port) => ({ containerPort: port, hostPort: port, listenAddress: loopback })),
        // kind keeps pods from this node where there are others; here it is one of the nodes for them.
        ...(nodes > 1 && { kubeadmConfigPatches: [schedulable] }),
      },
      ...workers,
    ],
  };
}

/** Source: kubeadm's InitConfiguration. */
const schedulable = JSON.stringify({ kind: "InitConfiguration", nodeRegistration: { taints: [] } });

/** @throws {@link LocalError} naming the ports that another program listens on */
async function requireFree(ports: readonly number[]): Promise<void> {
  const { taken } = await split(ports);
  if (taken.length === 0) return;
  throw new LocalError(
    `Something on this machine listens on ${taken.join(", ")} already; networks of this cluster need these ports.`,
    `It may be another clone's cluster: ${baas("local down")} stops it there. Or choose other ports in stacks/environments/local.yaml.`,
  );
}

/** Tells the free ones of these ports from those that another program listens on. */
async function split(ports: readonly number[]): Promise<{ free: number[]; taken: number[] }> {
  const found = { free: [] as number[], taken: [] as number[] };
  for (const port of ports) found[(await isFree(port)) ? "free" : "taken"].push(port);
  return found;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, loopback, () => server.close(() => resolve(true)));
  });
}

function tellUnmapped(record: KindRecord, { used }: GatewayPorts, progress: Progress): void {
  const unmapped = used.filter((port) => !record.ports.includes(port));
  if (unmapped.length === 0) return;
  progress.line(
    `The cluster was created without ports ${unmapped.join(", ")}, so they cannot be reached from outside it: ` +
      `${baas("local down --purge")} and "up" recreate it with them.`,
  );
}

async function ready(instance: Instance, progress: Progress, node = "--all"): Promise<LocalCluster> {
  const deadline = Date.now() + startSeconds * 1000;
  progress.waiting("waiting for the API server");
  try {
    while (!(await answers(instance))) {
      if (Date.now() > deadline) throw notReady(instance, "the API server did not answer");
      await sleep(500);
    }
    progress.waiting("waiting for the nodes");
    const wait = ["wait", "node", node, "--for=condition=Ready", `--timeout=${startSeconds}s`];
    const { code, stderr } = await tryRun("kubectl", [...wait, `--kubeconfig=${instance.kubeconfig}`]);
    if (code !== 0) throw notReady(instance, stderr.trim());
  } finally {
    progress.done();
  }
  return describe(instance);
}

function notReady(instance: Instance, reason: string): LocalError {
  return new LocalError(
    `The kind cluster ${instance.kindName} did not come up within ${startSeconds} s: ${reason}`,
    `See \`docker logs ${nodeName(instance)}\`; ${baas("local down --purge")} removes it, with its data.`,
  );
}

/** Stops the cluster and keeps its data, or deletes it. */
export async function down(instance: Instance, progress: Progress, purge: boolean): Promise<void> {
  const node = await findNode(instance);
  progress.waiting(`${purge ? "deleting" : "stopping"} the kind cluster ${instance.kindName}`);
  if (node && purge) await deleteCluster(instance);
  else if (node) {
    const running = (await nodeStates(instance)).filter(({ isRunning }) => isRunning).map(({ name }) => name);
    if (running.length > 0) await call("docker", ["stop", ...running]);
  }
  progress.done();
}

async function deleteCluster({ kindName, kubeconfig }: Instance): Promise<void> {
  await call("kind", ["delete", "cluster", "--name", kindName, "--kubeconfig", kubeconfig]);
}

/** Returns its state; starts and changes nothing. */
export async function look(instance: Instance): Promise<ClusterState> {
  const node = await findNode(instance);
  const nodes = node ? await nodeStates(instance) : [];
  if (!node?.isRunning) return { state: "stopped", components: {}, nodes };
  const running = nodes.filter(({ isRunning }) => isRunning);
  const components = Object.fromEntries(running.map(({ name }) => [name, true]));
  if (!readRecord(instance)?.isWhole || !(await answers(instance))) return { state: "broken", components, nodes };
  return { state: "running", components, nodes, cluster: describe(instance) };
}

/** Ends a node's container other than the first one at once. The caller holds the instance's lock. */
export async function stopNode(instance: Instance, progress: Progress, name: string): Promise<void> {
  if (name === nodeName(instance)) throw controlPlaneError(name);
  const node = (await nodeStates(instance)).find((each) => each.name === name);
  progress.waiting(`stopping ${name}`);
  if (node?.isRunning) await call("docker", ["kill", name]);
  progress.done();
}

/** Starts a node's container again, and returns when the node is ready. The caller holds the instance's lock. */
export async function restartNode(instance: Instance, progress: Progress, name: string): Promise<void> {
  await call("docker", ["start", name]);
  await ready(instance, progress, name);
}

/**
 * The container that is the cluster's node, if there is one.
 *
 * @throws {@link LocalError} when another clone or user has created it, or Docker does not answer
 */
async function findNode(instance: Instance): Promise<{ isRunning: boolean } | undefined> {
  const format = "{{.State.Running}}{{range .Mounts}} {{.Destination}}{{end}}";
  const inspect = ["container", "inspect", "--format", format, nodeName(instance)];
  const { code, stdout, stderr } = await tryRun("docker", inspect).catch((error: Error) => ({
    code: 1,
    stdout: "",
    stderr: error.message,
  }));
  if (code !== 0) {
    if (/no such container/i.test(stderr)) return undefined;
    throw new LocalError(`Docker cannot list its containers: ${stderr.trim()}`, "Start Docker, then run this again.");
  }
  const [isRunning, ...mounts] = stdout.trim().split(" ");
  const mark = readRecord(instance)?.mark;
  if (mark !== undefined && mounts.includes(mark)) return { isRunning: isRunning === "true" };
  throw new LocalError(
    `There is a kind cluster ${instance.kindName} that this clone did not create. It was not changed.`,
    `If it is not needed: kind delete cluster --name ${instance.kindName}`,
  );
}

/** The cluster's nodes, which are containers of the same names. */
async function nodeStates(instance: Instance): Promise<NodeState[]> {
  const states: NodeState[] = [];
  for (const [index, name] of nodeNames(instance).entries()) {
    const { stdout } = await tryRun("docker", ["container", "inspect", "--format", "{{.State.Running}}", name]);
    states.push({ name, zone: zoneOf({ ordinal: index + 1 }), isRunning: stdout.startsWith("true") });
  }
  return states;
}

async function answers({ kubeconfig }: Instance): Promise<boolean> {
  const ask = ["get", "--raw=/readyz", "--request-timeout=5s", `--kubeconfig=${kubeconfig}`];
  return (await tryRun("kubectl", ask).catch(() => ({ code: 1 }))).code === 0;
}

function describe(instance: Instance): LocalCluster {
  const { name, kubeconfig, context, stateDir } = instance;
  const [, server = ""] = /^\s*server: (\S+)/m.exec(readFileSync(kubeconfig, "utf8")) ?? [];
  return {
    type: "kind",
    ...{ name, kubeconfig, context, stateDir, server },
    kubectl: programOnPath("kubectl") ?? "kubectl",
    nodeAddress: loopback,
    nodeName: nodeName(instance),
    images: new KindImages(instance),
  };
}

/** The images in the nodes' containers; kind loads each into all of them. */
class KindImages implements ImageStore {
  constructor(private readonly instance: Instance) {}

  async list(): Promise<string[]> {
    return (await this.ctr(nodeName(this.instance), "images", "list", "--quiet")).trim().split("\n").filter(Boolean);
  }

  async importArchive(file: string): Promise<void> {
    await call("kind", ["load", "image-archive", file, "--name", this.instance.kindName]);
  }

  async importFromDocker(reference: string): Promise<void> {
    await call("kind", ["load", "docker-image", reference, "--name", this.instance.kindName]);
  }

  async tag(from: string, to: string): Promise<void> {
    for (const { name, isRunning } of await nodeStates(this.instance)) {
      if (isRunning) await this.ctr(name, "images", "tag", "--force", from, to);
    }
  }

  private ctr(node: string, ...args: string[]): Promise<string> {
    return call("docker", ["exec", node, "ctr", "--namespace=k8s.io", ...args]);
  }
}

/**
 * Runs docker, kind or kubectl.
 *
 * @throws {@link LocalError} with its message, when it fails
 */
function call(program: string, args: readonly string[], options?: RunOptions): Promise<string> {
  return runOrExplain(() => run(program, args, options), program === "kind" ? explainKind : undefined);
}

function explainKind({ message }: CommandError): LocalError {
  const issues = "https://kind.sigs.k8s.io/docs/user/known-issues/";
  return new LocalError(message, `See also ${issues}. Correct the error, then run this again.`);
}

/** The name that kind gives to the container of a cluster's first node and to the Kubernetes node. */
function nodeName({ kindName }: Instance): string {
  return `${kindName}-control-plane`;
}

/** The names of all nodes, as kind gives them. */
function nodeNames(instance: Instance): string[] {
  const workers = Array.from({ length: (readRecord(instance)?.nodes ?? 1) - 1 }, (_, index) => {
    return `${instance.kindName}-worker${index === 0 ? "" : index + 1}`;
  });
  return [nodeName(instance), ...workers];
}

function recordFile({ stateDir }: Instance): string {
  return join(stateDir, "kind.json");
}

function readRecord(instance: Instance): KindRecord | undefined {
  return hasMade(instance) ? (JSON.parse(readFileSync(recordFile(instance), "utf8")) as KindRecord) : undefined;
}

/** Paths, names and addresses of an instance of the local cluster. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";

import { LocalError } from "./localError";

/** The default instance. */
export const defaultName = "local";

/** The clone that this file belongs to. */
const ownRepository = resolve(__dirname, "..");

/** Paths and names of one node of an instance. All paths are absolute. */
export interface NodePlace {
  /** 1 for the first node, which runs the control plane. */
  ordinal: number;
  /** The name of the Kubernetes node. */
  nodeName: string;
  /** Contains its processes' records, logs and configuration. */
  filesDir: string;
  /** Files with the same path inside and outside the node: sockets. */
  runtimeDir: string;
  /** Data that the node mounts at {@link nodeDir}. */
  dataDir: string;
  /** The path of `dataDir` for the node's processes; it is short because it contains sockets. */
  nodeDir: string;
  /** The parent of all the node's control groups, relative to the root of the hierarchy. */
  cgroup: string;
}

/** Paths and names of an instance of the local cluster, and of its first node. All paths are absolute. */
export interface Instance extends NodePlace {
  /** Unique among the instances of one clone. */
  name: string;
  /** Unique on this machine: derived from the clone's path and the name. */
  id: string;
  /** Data that survives `down`: etcd, volumes, images, certificates, logs. */
  stateDir: string;
  /** The lock of commands that change the instance. It stays when `stateDir` is removed. */
  lockFile: string;
  kubeconfig: string;
  /** The name of the context in the kubeconfig. */
  context: string;
  /** The host's end of the cable to the first node. */
  link: string;
  /** The name of a kind cluster, derived from the clone. Unique on this machine. */
  kindName: string;
}

/** The highest number of nodes: {@link Link} has an address for each. */
export const maximumNodes = 5;

/**
 * Describes the instance `name` of the clone at `repository`.
 *
 * @throws {@link LocalError} when the name cannot be part of a host name
 */
export function describeInstance(name: string = defaultName, repository: string = ownRepository): Instance {
  if (!/^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$/.test(name)) {
    throw new LocalError(
      `"${name}" cannot name a local cluster.`,
      "Use lower case letters, digits and dashes, at most 32, beginning with a letter.",
    );
  }
  const id = createHash("sha256").update(`${repository}\0${name}`).digest("hex").slice(0, 6);
  const stateDir = join(repository, ".baas", "local", name);
  const folder =
    basename(repository)
      .toLowerCase()
      .slice(0, 20)
      .match(/[a-z0-9]+/g) ?? [];
  const runtimeDir = `/run/baas-${id}`;
  const fullName = name === defaultName ? "baas-local" : `baas-local-${name}`;
  return {
    name,
    id,
    ordinal: 1,
    stateDir,
    filesDir: stateDir,
    lockFile: `${stateDir}.lock`,
    runtimeDir,
    dataDir: join(stateDir, "node"),
    nodeDir: `${runtimeDir}/node`,
    kubeconfig: join(stateDir, "kubeconfig"),
    context: fullName,
    nodeName: fullName,
    link: `baas-${id}`,
    kindName: `baas-${[...folder, id].join("-")}`,
    cgroup: `baas-${id}`,
  };
}

/** Describes the node number `ordinal` of an instance, from 2 on. */
export function furtherNode(instance: Instance, ordinal: number): NodePlace {
  const filesDir = join(instance.stateDir, "nodes", String(ordinal));
  const runtimeDir = `${instance.runtimeDir}-${ordinal}`;
  return {
    ordinal,
    nodeName: `${instance.nodeName}-${ordinal}`,
    filesDir,
    runtimeDir,
    dataDir: join(filesDir, "node"),
    nodeDir: `${runtimeDir}/node`,
    cgroup: `${instance.cgroup}-${ordinal}`,
  };
}

/** The nodes of an instance, of which those beyond the first are known by their folders. */
export function nodesOf(instance: Instance): NodePlace[] {
  const pattern = new RegExp(`^${basename(instance.runtimeDir)}-(\\d+)$`);
  const ordinals = [
    ...namesIn(join(instance.stateDir, "nodes")).map(Number),
    ...namesIn(dirname(instance.runtimeDir)).map((name) => Number(pattern.exec(name)?.[1])),
  ].filter((ordinal) => ordinal >= 2);
  return firstNodes(instance, Math.max(1, ...ordinals));
}

/** The nodes of an instance if it has `count` of them. */
export function firstNodes(instance: Instance, count: number): NodePlace[] {
  const further = Array.from({ length: count - 1 }, (_, index) => furtherNode(instance, index + 2));
  return [instance, ...further];
}

function namesIn(directory: string): string[] {
  return existsSync(directory) ? readdirSync(directory) : [];
}

/** The label `topology.kubernetes.io/zone` of a node: each is a zone, or rack, of its own. */
export function zoneOf({ ordinal }: Pick<NodePlace, "ordinal">): string {
  return `zone-${ordinal}`;
}

/**
 * The directory of builds, packages and base images, shared by all clones of this user.
 *
 * @throws {@link LocalError} when the user has no home
 */
export function cacheDirectory(env: NodeJS.ProcessEnv = process.env): string {
  if (env.XDG_CACHE_HOME) return join(env.XDG_CACHE_HOME, "baas");
  if (env.HOME !== "") return join(env.HOME ?? homedir(), ".cache", "baas");
  throw new LocalError(
    "HOME is empty: there is no folder to keep builds in.",
    "Set HOME, or set XDG_CACHE_HOME to a folder that you can write.",
  );
}

/** The subnet of the host and the nodes, with the two ends of the cable between the host and the first node. */
export interface Link {
  hostAddress: string;
  nodeAddress: string;
  prefixLength: number;
}

/** The address of a node: those of further nodes follow that of the first one. */
export function nodeAddress(link: Link, { ordinal }: Pick<NodePlace, "ordinal">): string {
  const [, network, host] = /^(.*\.)(\d+)$/.exec(link.nodeAddress)!;
  return `${network}${Number(host) + ordinal - 1}`;
}

// 10.213.0.0/16 in subnets of 8 addresses: room for 8192 instances on one machine.
const linkRange = [10, 213] as const;
const linkPrefix = 29;
const linkCount = 2 ** (linkPrefix - 16);

/** The link number `slot` (modulo their count). */
export function linkAt(slot: number): Link {
  const offset = (slot % linkCount) * 8;
  const network = [...linkRange, offset >> 8];
  const address = (host: number) => [...network, (offset & 0xff) + host].join(".");
  return { hostAddress: address(1), nodeAddress: address(2), prefixLength: linkPrefix };
}

/**
 * Chooses the subnet of an instance's link: the same one every time, unless something else on this machine uses it.
 *
 * @param id - the instance's
 * @param taken - networks in use on this machine, as `a.b.c.d/n`
 * @throws {@link LocalError} when the whole range is taken
 */
export function chooseLink(id: string, taken: readonly string[]): Link {
  const first = parseInt(id, 16) % linkCount;
  const takenRanges = taken.map(toRange);
  for (let step = 0; step < linkCount; step++) {
    const link = linkAt(first + step);
    const [low, high] = toRange(`${link.hostAddress}/${link.prefixLength}`);
    if (takenRanges.every(([takenLow, takenHigh]) => high < takenLow || low > takenHigh)) return link;
  }
  throw new LocalError(
    `All of ${linkRange.join(".")}.0.0/16, from which the local cluster takes its addresses, is in use here.`,
    "See `ip route`; free one subnet of 8 addresses in that range (a VPN may hold all of it).",
  );
}

function toRange(cidr: string): [number, number] {
  const [address, length = "32"] = cidr.split("/");
  const value = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - Number(length));
  const low = Math.floor(value / size) * size;
  return [low, low + size - 1];
}

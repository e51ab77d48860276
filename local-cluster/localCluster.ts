/**
 * Starts, finds, inspects and stops the local cluster, of whatever type. An existing cluster keeps its type. A new one uses kind
 * if Docker, kind and kubectl are installed, else processes on Debian or Ubuntu.
 */
import { existsSync, rmSync } from "node:fs";

import { baas } from "../model/baasCommand";
import * as debian from "./debianCluster";
import { describeInstance, type Instance, maximumNodes } from "./instance";
import { withLock } from "./instanceLock";
import * as kind from "./kindCluster";
import { LocalError } from "./localError";
import { type Progress, progressTo } from "./progress";
import type { ClusterState, ClusterType, GatewayPorts, LocalCluster } from "./runningCluster";

/** The instance, and where to report. */
export interface ClusterOptions {
  /** The instance; `local` when left out. Instances run side by side. */
  name?: string;
  /** Receives a line of text for every step. */
  progress?: ((line: string) => void) | Progress;
}

/** Options of a start. */
export interface StartOptions extends Pick<ClusterOptions, "progress"> {
  /** Finds the NodePorts that lead to the cluster; called only where they must be known when it starts. */
  ports?: () => GatewayPorts;
}

/** Which cluster to start. */
export interface PrepareOptions extends Pick<ClusterOptions, "name"> {
  /** The type; when left out, an existing cluster's own, or the best one for this machine. */
  type?: ClusterType;
  /** The number of nodes; when left out, an existing cluster's own, or 1. */
  nodes?: number;
}

/** Options of {@link up}. */
export interface UpOptions extends PrepareOptions, StartOptions {}

/** Starts the local cluster of an instance, on a machine that has been checked. */
export type Start = (options: StartOptions) => Promise<LocalCluster>;

/** The result of {@link status}. */
export interface ClusterStatus extends Omit<ClusterState, "state"> {
  name: string;
  state: ClusterState["state"] | "absent";
  images: string[];
}

/** One type of local cluster. */
interface Maker {
  /** Why this machine cannot run an instance of it; undefined if it can. Changes nothing. */
  obstacle(instance: Instance): Promise<LocalError | undefined>;
  /** Whether an instance is of this type. */
  hasMade(instance: Instance): boolean;
  /** Starts an instance, for which {@link obstacle} has found nothing in the way. */
  up(instance: Instance, progress: Progress, ports: () => GatewayPorts, nodes?: number): Promise<LocalCluster>;
  /** Stops an instance. With `purge` its data need not stay. The caller holds the instance's lock. */
  down(instance: Instance, progress: Progress, purge: boolean): Promise<void>;
  /** The state of an instance of this type. */
  look(instance: Instance): Promise<ClusterState>;
  /** Ends one of its nodes at once. The caller holds the instance's lock. */
  stopNode(instance: Instance, progress: Progress, name: string): Promise<void>;
  /** Starts one of its nodes again, and returns when it is ready. The caller holds the instance's lock. */
  restartNode(instance: Instance, progress: Progress, name: string): Promise<void>;
}

const noPorts = (): GatewayPorts => ({ used: [], spare: [] });

const makers: Record<ClusterType, Maker> = { kind, debian };

/**
 * Starts the local cluster unless it runs already, and returns when it is ready for pods. Continues an incomplete start.
 *
 * @throws {@link LocalError} when the machine cannot run it
 */
export async function up({ progress, ports, ...options }: UpOptions = {}): Promise<LocalCluster> {
  const start = await prepare(options);
  if (start instanceof LocalError) throw start;
  return start({ progress, ports });
}

/**
 * Checks whether this machine can run the local cluster. Changes nothing.
 *
 * @returns the function that starts it, or why it cannot run here and what to do about that
 * @throws {@link LocalError} when no cluster can have so many nodes
 */
export async function prepare({ name, type, nodes }: PrepareOptions = {}): Promise<Start | LocalError> {
  if (nodes !== undefined) requireNodeCount(nodes);
  const instance = describeInstance(name);
  const maker = await choose(instance, type);
  if (maker instanceof LocalError) return maker;
  return ({ progress, ports = noPorts }) => maker.up(instance, toProgress(progress), ports, nodes);
}

/** @throws {@link LocalError} when a cluster cannot have so many nodes */
function requireNodeCount(nodes: number): void {
  if (Number.isInteger(nodes) && nodes >= 1 && nodes <= maximumNodes) return;
  throw new LocalError(
    `A local cluster cannot have ${nodes} nodes.`,
    `Choose a number from 1 to ${maximumNodes}; all of them are on this machine.`,
  );
}

/**
 * Stops the local cluster. Its data stays for the next {@link up}; `purge` removes it too.
 *
 * @returns whether there was one
 */
export async function down({
  name,
  progress,
  purge = false,
}: ClusterOptions & { purge?: boolean } = {}): Promise<boolean> {
  return stop(describeInstance(name), toProgress(progress), purge);
}

/** Stops an instance, and removes its data if `purge`. Returns whether there was one. */
export async function stop(instance: Instance, progress: Progress, purge: boolean): Promise<boolean> {
  if (!existsSync(instance.stateDir) && !madeBy(instance)) return false;
  await withLock(instance, progress, async () => {
    await madeBy(instance)?.down(instance, progress, purge);
    // A start that was interrupted early has left files, but no cluster.
    if (purge) rmSync(instance.stateDir, { recursive: true, force: true });
  });
  return true;
}

/** Returns the state of the local cluster; starts and changes nothing. */
export async function status({ name }: ClusterOptions = {}): Promise<ClusterStatus> {
  const instance = describeInstance(name);
  const maker = madeBy(instance);
  if (!maker) return { name: instance.name, state: "absent", components: {}, nodes: [], images: [] };
  const found = await maker.look(instance);
  return { name: instance.name, ...found, images: (await found.cluster?.images.list()) ?? [] };
}

/** A node of a local cluster, by its name in Kubernetes. */
export interface NodeOptions extends ClusterOptions {
  node: string;
}

/**
 * Ends a node of the local cluster at once, as if its power failed. Its data stays, and Kubernetes notices after about a minute.
 *
 * @throws {@link LocalError} when the cluster does not run or has no such node, or the node runs the control plane
 */
export function stopNode(options: NodeOptions): Promise<void> {
  return withNode(options, (maker, ...args) => maker.stopNode(...args));
}

/**
 * Starts a node of the local cluster that was stopped, and returns when it is ready for pods.
 *
 * @throws {@link LocalError} when the cluster does not run or has no such node
 */
export function restartNode(options: NodeOptions): Promise<void> {
  return withNode(options, (maker, ...args) => maker.restartNode(...args));
}

async function withNode(
  { name, node, progress }: NodeOptions,
  work: (maker: Maker, instance: Instance, progress: Progress, node: string) => Promise<void>,
): Promise<void> {
  const instance = describeInstance(name);
  await requireRunning(name);
  const told = toProgress(progress);
  await withLock(instance, told, async () => {
    const maker = madeBy(instance)!;
    const names = (await maker.look(instance)).nodes.map((each) => each.name);
    if (!names.includes(node)) {
      throw new LocalError(
        `The local cluster "${instance.name}" has no node "${node}".`,
        `Its nodes are ${names.join(", ")}. ${baas("local up --nodes")} NUMBER adds some.`,
      );
    }
    await work(maker, instance, told, node);
  });
}

/**
 * The running cluster of that name with all its components.
 *
 * @throws {@link LocalError} when it is not running
 */
export async function requireRunning(name?: string): Promise<LocalCluster> {
  const instance = describeInstance(name);
  const cluster = (await madeBy(instance)?.look(instance))?.cluster;
  if (cluster) return cluster;
  const option = name ? ` --name ${name}` : "";
  throw new LocalError(
    `The local cluster "${instance.name}" is not running.`,
    `Start it: ${baas("local up")}${option}`,
  );
}

/** The type of an instance, or of a new one, after a check that this machine can run it; or why it cannot. */
export async function choose(instance: Instance, type?: ClusterType): Promise<Maker | LocalError> {
  const maker = type === undefined ? madeBy(instance) : makers[type];
  if (maker) return (await maker.obstacle(instance)) ?? maker;
  const withKind = await kind.obstacle();
  if (!withKind) return kind;
  const withoutDocker = await debian.obstacle(instance);
  if (!withoutDocker) return debian;
  const { problem, remedy } = withoutDocker;
  return new LocalError(
    `No Kubernetes can be started here. ${withKind.problem} Without Docker: ${problem}`,
    `${withKind.remedy} ${remedy.startsWith("Or ") ? remedy : `Or, without Docker: ${remedy}`}`,
  );
}

function madeBy(instance: Instance): Maker | undefined {
  return Object.values(makers).find((maker) => maker.hasMade(instance));
}

function toProgress(progress: ClusterOptions["progress"]): Progress {
  if (typeof progress === "function") return progressTo(progress);
  return progress ?? progressTo(() => undefined);
}

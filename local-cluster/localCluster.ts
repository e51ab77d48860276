/**
 * Starts, finds, inspects and stops the local cluster, of whatever type. An existing cluster keeps its type. A new one uses kind
 * if Docker, kind and kubectl are installed, else processes on Debian or Ubuntu.
 */
import { baas } from "../model/baasCommand";
import * as debian from "./debianCluster";
import { describeInstance, type Instance } from "./instance";
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

/** Options of {@link up}; the type applies only to a new cluster. */
export interface UpOptions extends ClusterOptions {
  type?: ClusterType;
  /** Finds the NodePorts that lead to the cluster; called only where they must be known when it starts. */
  ports?: () => GatewayPorts;
}

/** The result of {@link status}. */
export interface ClusterStatus extends Omit<ClusterState, "state"> {
  name: string;
  state: ClusterState["state"] | "absent";
  images: string[];
}

/** One type of local cluster. */
interface Maker {
  /** Why this machine cannot run one; undefined if it can. Changes nothing. */
  obstacle(): Promise<LocalError | undefined>;
  /** Whether an instance is of this type. */
  hasMade(instance: Instance): boolean;
  up(instance: Instance, progress: Progress, ports: () => GatewayPorts): Promise<LocalCluster>;
  down(instance: Instance, progress: Progress, purge: boolean): Promise<void>;
  /** The state of an instance of this type. */
  look(instance: Instance): Promise<ClusterState>;
}

const noPorts = (): GatewayPorts => ({ used: [], spare: [] });

const makers: Record<ClusterType, Maker> = { kind, debian };

/**
 * Starts the local cluster unless it runs already, and returns when it is ready for pods. Continues an incomplete start.
 *
 * @throws {@link LocalError} when the machine cannot run it
 */
export async function up({ name, progress, type, ports = noPorts }: UpOptions = {}): Promise<LocalCluster> {
  const instance = describeInstance(name);
  const maker = type === undefined ? await choose(instance) : makers[type];
  if (maker instanceof LocalError) throw maker;
  return maker.up(instance, toProgress(progress), ports);
}

/**
 * Stops the local cluster. Its data stays for the next {@link up}; `purge` removes it too. Does nothing if there is no cluster.
 */
export async function down({
  name,
  progress,
  purge = false,
}: ClusterOptions & { purge?: boolean } = {}): Promise<void> {
  const instance = describeInstance(name);
  // A start that was killed early has not recorded its type, but may have left processes.
  await (madeBy(instance) ?? debian).down(instance, toProgress(progress), purge);
}

/** Returns the state of the local cluster; starts and changes nothing. */
export async function status({ name }: ClusterOptions = {}): Promise<ClusterStatus> {
  const instance = describeInstance(name);
  const maker = madeBy(instance);
  if (!maker) return { name: instance.name, state: "absent", components: {}, images: [] };
  const found = await maker.look(instance);
  return { name: instance.name, ...found, images: (await found.cluster?.images.list()) ?? [] };
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

/** Why this machine cannot run the local cluster, and what to do about it; undefined if it can. Changes nothing. */
export async function obstacle(name?: string): Promise<LocalError | undefined> {
  const maker = await choose(describeInstance(name));
  return maker instanceof LocalError ? maker : maker.obstacle();
}

/** The type of an instance, or of a new one; or why none is possible. */
export async function choose(instance: Instance): Promise<Maker | LocalError> {
  const made = madeBy(instance);
  if (made) return made;
  const withKind = await kind.obstacle();
  if (!withKind) return kind;
  const withoutDocker = await debian.obstacle();
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

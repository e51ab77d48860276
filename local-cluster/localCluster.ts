/**
 * The life of the local cluster, whichever way it is made: how it is brought up, found, looked at and stopped. One that is
 * there stays of its type; a new one is made by kind where Docker, kind and kubectl are there, else from processes of a
 * Debian or Ubuntu.
 */
import { baas } from "../model/baasCommand";
import * as debian from "./debianCluster";
import { describeInstance, type Instance } from "./instance";
import * as kind from "./kindCluster";
import { LocalError } from "./localError";
import { type Progress, progressTo } from "./progress";
import type { ClusterState, ClusterType, LocalCluster } from "./runningCluster";

/** Which instance, and where to report. */
export interface ClusterOptions {
  /** The instance; `local` when left out. Instances run side by side. */
  name?: string;
  /** Called with a line of text for every step. */
  progress?: ((line: string) => void) | Progress;
}

/** What is made when there is none yet. */
export interface UpOptions extends ClusterOptions {
  type?: ClusterType;
  /** NodePorts that must be reached from this machine. */
  ports?: readonly number[];
}

/** What {@link status} finds. */
export interface ClusterStatus extends Omit<ClusterState, "state"> {
  name: string;
  state: ClusterState["state"] | "absent";
  images: string[];
}

/** One way to make a local cluster. */
interface Maker {
  /** Why this machine cannot run one; nothing when it can. Looks only. */
  obstacle(): Promise<LocalError | undefined>;
  /** Whether an instance was made this way. */
  hasMade(instance: Instance): boolean;
  up(instance: Instance, progress: Progress, ports: readonly number[]): Promise<LocalCluster>;
  down(instance: Instance, progress: Progress, purge: boolean): Promise<void>;
  /** What there is of an instance that was made this way. */
  look(instance: Instance): Promise<ClusterState>;
}

const makers: Record<ClusterType, Maker> = { kind, debian };

/**
 * Starts the local cluster, or finishes starting it, or finds it running; returns when it is ready for pods.
 *
 * @throws {@link LocalError} when the machine cannot run it
 */
export async function up({ name, progress, type, ports = [] }: UpOptions = {}): Promise<LocalCluster> {
  const instance = describeInstance(name);
  const maker = type === undefined ? await choose(instance) : makers[type];
  if (maker instanceof LocalError) throw maker;
  return maker.up(instance, toProgress(progress), ports);
}

/**
 * Stops the local cluster. Its data stays for the next {@link up} unless `purge` is set, which removes all of the
 * instance. Does nothing when there is none.
 */
export async function down({
  name,
  progress,
  purge = false,
}: ClusterOptions & { purge?: boolean } = {}): Promise<void> {
  const instance = describeInstance(name);
  // A start that was killed early has left no record of its maker, but maybe processes.
  await (madeBy(instance) ?? debian).down(instance, toProgress(progress), purge);
}

/** Says what there is of the local cluster; starts and changes nothing. */
export async function status({ name }: ClusterOptions = {}): Promise<ClusterStatus> {
  const instance = describeInstance(name);
  const maker = madeBy(instance);
  if (!maker) return { name: instance.name, state: "absent", components: {}, images: [] };
  const found = await maker.look(instance);
  return { name: instance.name, ...found, images: (await found.cluster?.images.list()) ?? [] };
}

/**
 * The running cluster of that name, whole and healthy.
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

/** Why this machine cannot run the local cluster, and what to do about it; nothing when it can. Looks only. */
export async function obstacle(name?: string): Promise<LocalError | undefined> {
  const maker = await choose(describeInstance(name));
  return maker instanceof LocalError ? maker : maker.obstacle();
}

/** How an instance is, or would be, made; or why it cannot be. */
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

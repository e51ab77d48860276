/** Applies a stack to a cluster, without the Pulumi CLI. objectAction.ts decides what happens to each object. */
import { setTimeout as sleep } from "node:timers/promises";

import { LocalError } from "../../../local-cluster/localError";
import type { Progress } from "../../../local-cluster/progress";
import { baas } from "../../../model/baasCommand";
import type { PolicyPack } from "../../../model/pulumi/policyPack";
import { UserError } from "../../../model/userError";
import { abortable } from "../../common/abortable";
import { plain } from "../../common/colors";
import { inParallel } from "../../common/inParallel";
import type { Api } from "../cluster/api";
import { connect, type Connection, contextOf } from "../cluster/clusterConnection";
import { Discovery, notServed } from "../cluster/discovery";
import { type KubernetesObject, objectName, type TypedObject } from "../cluster/kubernetesObject";
import { waitUntilLoaded } from "../cluster/loadedFiles";
import { secretWarnings } from "../cluster/secretsOfUser";
import { defaultTimeoutMs, type NotReady, type WaitOutcome, waitUntilGone, waitUntilReady } from "../cluster/waitUntil";
import { RefusedError } from "../declared/diagnostics";
import type { ProgramResult } from "../declared/registration";
import { isRefused } from "../policyPack/analyze";
import { askPolicies } from "../policyPack/askPolicies";
import { violationsCount, violationsText } from "../policyPack/violationsText";
import { runProgram } from "../program/programs";
import { markUnfinished, writeRecord } from "../record/writeRecord";
import { applyWaves, type DesiredObject, desiredObjects, isFoundation, secretTexts } from "./desiredObjects";
import { noLongerDeclared, objectsOf, refuseProtected, refusePulumiOwned } from "./inventory";
import {
  type ActionContext,
  decideAction,
  type ObjectAction,
  PlatformTooOldError,
  refuseOthers,
  takeAction,
} from "./objectAction";
import { belongsTo, type StackId } from "./ownership";
import { provideImages, sortedImages } from "./provideImages";
import { redact, redacted } from "./redaction";
import { definedBy, requirePlatform } from "./requirements";
import { type Lock, lockNamespace, takeLock } from "./stackLock";

/** How long an upgraded platform takes until its definitions count and its controller leads and has looked at all StatefulSets; in milliseconds. */
const platformStartMs = 30_000;

/** Options of apply and destroy. */
export interface StackOptions {
  /** Folder of Pulumi.yaml. */
  projectDir: string;
  stack: string;
  /** The cluster; by default the one that the stack's environment names. */
  context?: string;
  /** Milliseconds to wait until everything is ready, or gone; ten minutes by default. */
  timeoutMs?: number;
  progress: Progress;
  /** Aborts the command at the next safe point. */
  signal?: AbortSignal;
}

/** How to apply a stack. */
export interface ApplyOptions extends StackOptions {
  /** The policies to check before anything changes; undefined for a project without policies. */
  policies: PolicyPack | undefined;
  /** Takes over fields that another field manager has set. */
  forceConflicts?: boolean;
}

/** The result of an apply. */
export interface ApplyResult {
  stack: string;
  context: string;
  /** The local cluster's name, if it is one. */
  local?: string;
  created: number;
  changed: number;
  replaced: number;
  unchanged: number;
  deleted: number;
  /** Objects that are no longer declared but stay, such as Namespaces. */
  kept: string[];
  /** Empty when all is well. */
  notReady: NotReady[];
  /** How the wait ended. After `timeout` and `failed`, objects that are no longer declared are not deleted. */
  end: WaitOutcome["end"];
  /** Workloads that are no longer declared, but still run: after `blocked`, nothing is deleted because of them. */
  stillRunning: string[];
  /** Images that the local cluster does not have, sorted. */
  missingImages: string[];
  /** Namespaces of the stack. */
  namespaces: string[];
  seconds: number;
}

/**
 * Applies a stack and waits until it is ready.
 *
 * @throws {@link UserError} when something is refused. Nothing has changed then, unless the message says otherwise
 */
export async function apply(options: ApplyOptions): Promise<ApplyResult> {
  const { projectDir, stack, signal = new AbortController().signal } = options;
  const started = Date.now();
  const tally = new Tally(started);
  let secrets: string[] = [];
  let connection: Connection | undefined;
  try {
    options.progress.waiting(`running the program of stack "${stack}"`);
    const program = await runProgram({ projectDir, stack, dryRun: false });
    signal.throwIfAborted();
    secrets = secretTexts(program);
    const result = allowed(options.policies, program, redacted(options.progress, secrets));
    signal.throwIfAborted();
    const desired = desiredObjects(result);
    for (const { severity, message } of result.diagnostics) {
      if (severity !== "info") options.progress.line(redact(`${severity}: ${message}`, secrets));
    }
    const context = options.context ?? contextOf(result);
    connection = await connect(context, signal);
    const progress = redacted(options.progress, secrets);
    return await new Applying(connection, result, desired, { ...options, progress, signal }, tally).all();
  } catch (error) {
    if (signal.aborted) throw new UserError(tally.interrupted());
    if (error instanceof RefusedError) throw new RefusedError(redact(error.message, secrets));
    if (error instanceof UserError || error instanceof LocalError)
      throw new UserError(redact(error.message, secrets) + tally.soFar());
    throw error;
  } finally {
    options.progress.done();
    connection?.close();
  }
}

/**
 * Evaluates the policies, prints their advice, and returns the program with their remedies.
 *
 * @throws {@link RefusedError} when a mandatory one is violated
 */
function allowed(policies: PolicyPack | undefined, program: ProgramResult, progress: Progress): ProgramResult {
  const { result, violations, diagnostics } = askPolicies(policies, program);
  for (const { severity, message } of diagnostics) progress.line(`${severity}: ${message}`);
  if (violations.length === 0) return result;
  const text = violationsText(violations, result, plain).trimEnd();
  if (!isRefused(violations)) {
    progress.line(text);
    return result;
  }
  const next = `${baas("preview", program.stack)} shows the same. Nothing was changed`;
  throw new RefusedError(`${text}\n\n${violationsCount(violations)}: refused. ${next}`);
}

/** Counts the work done so far. */
class Tally {
  readonly counts = { create: 0, change: 0, replace: 0, none: 0, delete: 0 };
  total = 0;

  constructor(readonly started: number) {}

  /** Number of objects that are in their desired state. */
  get looked(): number {
    const { create, change, replace, none } = this.counts;
    return create + change + replace + none;
  }

  private get isUntouched(): boolean {
    return this.looked - this.counts.none + this.counts.delete === 0;
  }

  soFar(): string {
    if (this.isUntouched) return "";
    return `\nSo far ${this.looked} of ${this.total} objects are applied; run the same command again to continue.`;
  }

  interrupted(): string {
    return this.isUntouched ? "interrupted; nothing was changed" : `interrupted.${this.soFar()}`;
  }
}

class Applying {
  private readonly api: Api;
  private readonly stack: StackId;
  private discovery: Discovery;
  private lock: Lock | undefined;
  private readonly isDefinedHere: ReturnType<typeof definedBy>;
  /** Until when to wait for the platform of this release. */
  private platformDeadline: number | undefined;

  constructor(
    private readonly connection: Connection,
    private readonly result: ProgramResult,
    private readonly desired: readonly DesiredObject[],
    private readonly options: ApplyOptions & { signal: AbortSignal },
    private readonly tally: Tally,
  ) {
    this.api = connection.api;
    this.discovery = connection.discovery;
    this.stack = { project: result.project, stack: result.stack };
    this.isDefinedHere = definedBy(desired);
    tally.total = desired.length;
  }

  async all(): Promise<ApplyResult> {
    const { api, connection, desired, result, tally } = this;
    const { progress } = this.options;
    progress.waiting(`comparing ${desired.length} objects with context "${connection.context}"`);
    await requirePlatform(api, this.discovery, { result, desired, context: connection.context });
    const missing = await this.refuseNamespacesOfOthers();
    await refusePulumiOwned(api, this.discovery, result.stack, desired);
    for (const warning of await secretWarnings(connection, result)) progress.line(`warning: ${warning}`);
    const { prune, keep } = noLongerDeclared(await objectsOf(api, this.discovery, this.stack), desired);
    refuseProtected(
      prune,
      "no longer declared, but protected",
      'Declare them again, apply once without "protect", then take them out.',
    );
    try {
      const namespace = lockNamespace(desired) ?? "default";
      if (!missing.has(namespace)) await this.takeLock(namespace);
      const decided = await inParallel(desired, (one) => this.decide(one, missing));
      const missingImages = await abortable(
        provideImages(result, desired, connection.local, progress),
        this.options.signal,
      );
      markUnfinished(this.options.projectDir, result.stack, { command: "apply", context: connection.context });
      const applied = await this.applyFoundations(decided, namespace);
      applied.push(...(await this.applyRest(decided)));
      const outcome = await this.waitFor(applied, missingImages);
      const stillRunning = outcome.end === "blocked" ? await this.runningOf(prune) : [];
      if (outcome.end === "ready" || (outcome.end === "blocked" && stillRunning.length === 0)) {
        await this.prune(prune);
        writeRecord(result, connection.context);
      }
      const { create, change, replace, none, delete: deleted } = tally.counts;
      return {
        stack: result.stack,
        context: connection.context,
        ...(connection.local && { local: connection.local.name }),
        ...{ created: create, changed: change, replaced: replace, unchanged: none, deleted },
        kept: keep.map(({ object }) => objectName(object)),
        notReady: outcome.notReady,
        ...{ end: outcome.end, stillRunning },
        missingImages: sortedImages(missingImages),
        namespaces: [...new Set(desired.flatMap(({ object }) => object.metadata.namespace ?? []))],
        seconds: Math.round((Date.now() - tally.started) / 1000),
      };
    } finally {
      await this.lock?.release();
    }
  }

  /** Comes before everything that writes, be it a lock. Returns the declared namespaces that are not there yet. */
  private async refuseNamespacesOfOthers(): Promise<Set<string>> {
    const missing = new Set<string>();
    const namespaces = this.desired.filter(({ object }) => object.kind === "Namespace");
    await inParallel(namespaces, async ({ object }) => {
      const live = await this.api.get(this.discovery.get("v1", "Namespace"), undefined, object.metadata.name);
      if (live === undefined) missing.add(object.metadata.name);
      else refuseOthers(live, object, this.stack);
    });
    return missing;
  }

  private async takeLock(namespace: string): Promise<void> {
    const api = this.api.withoutSignal();
    this.lock ??= await takeLock(api, this.discovery, { namespace, stack: this.result.stack, command: "apply" });
  }

  /** Decides on an object where that can be done yet: its Namespace or its definition may be part of this very stack. */
  private async decide(one: DesiredObject, missing?: ReadonlySet<string>): Promise<ObjectAction | DesiredObject> {
    const { namespace } = one.object.metadata;
    if (namespace !== undefined && missing?.has(namespace)) return one;
    if (this.discovery.find(one.object) === undefined) return one;
    if (!this.isDefinedHere(one.object)) return this.decideKnown(one);
    return decideAction(this.actionContext(), one).catch((error: unknown) => {
      if (error instanceof PlatformTooOldError) return one;
      throw error;
    });
  }

  /** Waits where the platform was upgraded a moment ago. */
  private async decideKnown(one: DesiredObject): Promise<ObjectAction> {
    for (;;) {
      try {
        return await decideAction(this.actionContext(), one);
      } catch (error) {
        if (!(error instanceof PlatformTooOldError)) throw error;
        this.platformDeadline ??= Date.now() + platformStartMs;
        if (Date.now() > this.platformDeadline) throw error;
        this.options.progress.waiting(`waiting for ${error.waitingFor}`);
        await sleep(1000, undefined, { signal: this.options.signal });
      }
    }
  }

  private actionContext(): ActionContext {
    const { api, discovery, stack, options } = this;
    return { api, discovery, stack, forceConflicts: options.forceConflicts ?? false };
  }

  /** Waits until all is ready, and then until running pods have loaded what has changed. */
  private async waitFor(
    applied: readonly TypedObject[],
    missingImages: ReadonlyMap<string, string[]>,
  ): Promise<WaitOutcome> {
    const { timeoutMs = defaultTimeoutMs } = this.options;
    const deadline = Date.now() + timeoutMs;
    const outcome = await waitUntilReady(this.waitContext(), applied, { timeoutMs, missingImages });
    if (outcome.end !== "ready") return outcome;
    const notReady = await waitUntilLoaded(this.waitContext(), applied, deadline - Date.now());
    return notReady.length === 0 ? outcome : { notReady, end: "timeout" };
  }

  private waitContext() {
    const { api, discovery, options } = this;
    return { api, discovery, progress: options.progress, signal: options.signal };
  }

  /** Applies Namespaces and definitions first, so that dry runs can check all other objects before any is applied. */
  private async applyFoundations(
    decided: readonly (ObjectAction | DesiredObject)[],
    namespace: string,
  ): Promise<TypedObject[]> {
    const foundations = decided.filter(({ object }) => isFoundation(object)) as ObjectAction[];
    const applied: TypedObject[] = [];
    for (const wave of applyWaves(foundations)) {
      applied.push(...(await this.applyWave(wave)));
      if (wave.some(({ object }) => object.metadata.name === namespace)) await this.takeLock(namespace);
    }
    const definitions = applied.filter(({ object }) => object.kind === "CustomResourceDefinition");
    if (definitions.length > 0) {
      const { notReady } = await waitUntilReady(this.waitContext(), definitions, { timeoutMs: 60_000 });
      const first = notReady[0];
      if (first !== undefined) throw new UserError(`${objectName(first.object)} is not established: ${first.reason}`);
      this.discovery = await Discovery.load(this.api);
    }
    return applied;
  }

  private async applyRest(decided: readonly (ObjectAction | DesiredObject)[]): Promise<TypedObject[]> {
    const rest = decided.filter(({ object }) => !isFoundation(object));
    const checked = await inParallel(rest, async (one) => {
      if ("action" in one && one.action !== undefined) return one;
      if (this.discovery.find(one.object) !== undefined) return this.decideKnown(one);
      throw new UserError(`${objectName(one.object)}: ${notServed(one.object).message}`);
    });
    const applied: TypedObject[] = [];
    for (const wave of applyWaves(checked)) applied.push(...(await this.applyWave(wave)));
    return applied;
  }

  private async applyWave(wave: readonly ObjectAction[]): Promise<TypedObject[]> {
    const { options, tally } = this;
    return inParallel(wave, async (decided) => {
      options.signal.throwIfAborted();
      this.lock?.requireHeld();
      const { action, object } = await takeAction(this.actionContext(), decided, (type, live) =>
        waitUntilGone(this.waitContext(), [{ type, object: live }], 120_000),
      );
      tally.counts[action]++;
      options.progress.waiting(`applying: ${tally.looked} of ${tally.total} objects`);
      if (action !== "none") options.progress.line(`${verbs[action]} ${objectName(decided.object)}`);
      return { type: decided.type, object };
    });
  }

  /**
   * The workloads that have ready pods. One that runs goes only when all is ready: a broker, for example, is emptied by the Rollout
   * that is not ready yet.
   */
  private async runningOf(found: readonly TypedObject[]): Promise<string[]> {
    const workloads = found.filter(({ object: { kind } }) => kind === "StatefulSet" || kind === "Deployment");
    const live = await inParallel(workloads, ({ type, object: { metadata } }) =>
      this.api.get(type, metadata.namespace, metadata.name),
    );
    return live.flatMap((object) => (object !== undefined && readyReplicas(object) > 0 ? [objectName(object)] : []));
  }

  private async prune(found: readonly TypedObject[]): Promise<void> {
    const { api, options, tally } = this;
    await inParallel(found, async ({ type, object }) => {
      options.signal.throwIfAborted();
      this.lock?.requireHeld();
      // Its owner may have changed since it was listed.
      const live = await api.get(type, object.metadata.namespace, object.metadata.name);
      if (live === undefined || !belongsTo(live, this.stack)) return;
      if (!(await api.delete(type, object.metadata))) return;
      tally.counts.delete++;
      const kept = object.kind === "StatefulSet" ? "; its volume claims stay" : "";
      options.progress.line(`deleted ${objectName(object)}: no longer declared${kept}`);
    });
    await waitUntilGone(this.waitContext(), found, 120_000);
  }
}

const readyReplicas = ({ status }: KubernetesObject): number =>
  (status as { readyReplicas?: number } | undefined)?.readyReplicas ?? 0;

const verbs = { create: "created", change: "changed", replace: "replaced" };

/** Removes a stack from a cluster. Ledgers stay unless a purge deletes them too. */
import { rmSync } from "node:fs";

import { LocalError } from "../../../local-cluster/localError";
import { baas } from "../../../model/baasCommand";
import { readProject, requireStackName } from "../../../model/files/project";
import { UserError } from "../../../model/userError";
import { inParallel } from "../../common/inParallel";
import type { Api } from "../cluster/api";
import { connect, type Connection, contextOf } from "../cluster/clusterConnection";
import type { Discovery } from "../cluster/discovery";
import { keyOf, type KubernetesObject, objectName, type TypedObject } from "../cluster/kubernetesObject";
import { defaultTimeoutMs, waitUntilGone } from "../cluster/waitUntil";
import type { ProgramResult } from "../declared/registration";
import { runProgram } from "../program/programs";
import { randomFile } from "../random/randomStore";
import { readRecord } from "../record/stackRecord";
import { deleteRecord, markUnfinished } from "../record/writeRecord";
import type { StackOptions } from "./apply";
import { deleteWaves, desiredObjects } from "./desiredObjects";
import { objectsOf, refuseProtected, refusePulumiOwned } from "./inventory";
import { contentsOf, heldKinds, keptText, lossText, type NamespaceContents } from "./namespaceContents";
import { outsideText, purgeOutside } from "./outsideData";
import { belongsTo, isRetained, type StackId, stackOf } from "./ownership";
import { type Lock, lockNamespace, takeLock } from "./stackLock";

/** How to destroy a stack. */
export interface DestroyOptions extends StackOptions {
  /** Whether to delete the data too: Namespaces, volumes, secrets, definitions, random values. */
  purge?: boolean;
  /**
   * Asks for confirmation before anything is deleted. The command ends unless it returns true.
   *
   * @param what - the things to be deleted, one per line
   */
  confirm?: (what: string[]) => Promise<boolean>;
}

/** The result of a destroy. */
export interface DestroyResult {
  stack: string;
  context: string;
  deleted: number;
  /** Descriptions of what is left of the stack. */
  kept: string[];
  seconds: number;
}

/**
 * Deletes the objects that `apply` created for a stack, and waits until they are gone.
 *
 * @throws {@link UserError} when something is refused. Nothing has changed then, unless the message says otherwise
 */
export async function destroy(options: DestroyOptions): Promise<DestroyResult> {
  const { stack, progress, signal } = options;
  requireStackName(stack);
  let connection: Connection | undefined;
  try {
    progress.waiting(`running the program of stack "${stack}"`);
    const declared = await declaredBy(options);
    if (signal?.aborted) throw new UserError("interrupted; nothing was deleted.");
    connection = await connect(options.context ?? contextOf(declared as ProgramResult), signal);
    return await destroyFrom(connection, options, declared);
  } catch (error) {
    if (error instanceof LocalError) throw new UserError(error.message);
    throw error;
  } finally {
    progress.done();
    connection?.close();
  }
}

/** Runs the program if it still works: a stack with a broken file can be destroyed, too. */
async function declaredBy({ projectDir, stack, context }: DestroyOptions): Promise<ProgramResult | undefined> {
  try {
    return await runProgram({ projectDir, stack, dryRun: true });
  } catch (error) {
    if (!(error instanceof UserError) || context !== undefined) return undefined;
    throw new UserError(
      `${error.message}\n  -> To destroy it without running its program, name the cluster: --context NAME`,
    );
  }
}

/**
 * Does what {@link destroy} does, in a cluster that is connected already.
 *
 * @param declared - what the stack's program declares, if it runs
 */
export async function destroyFrom(
  connection: Connection,
  options: DestroyOptions,
  declared?: ProgramResult,
): Promise<DestroyResult> {
  const { signal = new AbortController().signal } = options;
  const started = Date.now();
  const destroying = new Destroying(connection, { ...options, signal });
  try {
    return { ...(await destroying.all(declared)), seconds: Math.round((Date.now() - started) / 1000) };
  } catch (error) {
    const { deleted } = destroying;
    const soFar = deleted === 0 ? "nothing was deleted" : `${deleted} objects are deleted so far`;
    if (signal.aborted) throw new UserError(`interrupted; ${soFar}. Run the same command again to continue.`);
    throw error;
  }
}

class Destroying {
  deleted = 0;
  private readonly api: Api;
  private readonly discovery: Discovery;
  private lock: Lock | undefined;

  constructor(
    private readonly connection: Connection,
    private readonly options: DestroyOptions & { signal: AbortSignal },
  ) {
    this.api = connection.api;
    this.discovery = connection.discovery;
  }

  async all(declared?: ProgramResult): Promise<Omit<DestroyResult, "seconds">> {
    const { projectDir, stack, purge = false, progress } = this.options;
    const { context } = this.connection;
    try {
      progress.waiting(`looking for stack "${stack}" in context "${context}"`);
      const id = { project: readProject(projectDir).name, stack };
      const found = await objectsOf(this.api, this.discovery, id);
      if (found.length === 0 && declared !== undefined) {
        await refusePulumiOwned(this.api, this.discovery, stack, desiredObjects(declared));
      }
      const contents = purge ? await this.contentsOf(found, id) : [];
      const toDelete = purge ? withContents(found, contents) : found.filter(({ object }) => !isRetained(object));
      refuseProtected(toDelete, "protected", 'Apply once without "protect", then destroy again.');
      await this.refuseUsedPlatform(found, id);
      refuseOtherStacks(contents, id);
      if (toDelete.length > 0) await this.confirm(toDelete, contents);
      if (toDelete.length > 0) {
        const namespace = lockNamespace(found);
        const claim = namespace === undefined ? undefined : { namespace, stack, command: "destroy" };
        this.lock = claim && (await takeLock(this.api.withoutSignal(), this.discovery, claim));
        markUnfinished(projectDir, stack, { command: "destroy", context });
      }
      if (purge) await this.purgeOutside(toDelete);
      const stays = await this.deleteAll(toDelete, contents, id);
      // Where nothing was found, they may be those of another cluster.
      if (toDelete.length > 0 || readRecord(projectDir, stack)?.context === context) deleteRecord(projectDir, stack);
      if (purge && toDelete.length > 0) rmSync(randomFile(projectDir, stack), { force: true });
      return { stack, context, deleted: this.deleted, kept: purge ? stays : await this.remaining(found) };
    } finally {
      await this.lock?.release();
    }
  }

  /** Refuses to destroy a platform while networks use its kinds. */
  private async refuseUsedPlatform(found: readonly TypedObject[], own: StackId): Promise<void> {
    const definitions = found.filter(({ object }) => object.kind === "CustomResourceDefinition");
    const stacks = new Set<string>();
    const namespaces = new Set<string>();
    await inParallel(definitions, async ({ type, object: { metadata } }) => {
      const definition = await this.api.get(type, undefined, metadata.name);
      const kind = definition?.spec.names.kind;
      const served = this.discovery.all.find(
        (each) => each.kind === kind && each.apiVersion.startsWith(`${definition?.spec.group}/`),
      );
      if (served === undefined) return;
      for (const object of (await this.api.list(served, { metadataOnly: true })).items) {
        if (belongsTo(object, own)) continue;
        const owner = stackOf(object);
        if (owner === undefined) namespaces.add(object.metadata.namespace ?? "");
        else stacks.add(owner.stack);
      }
    });
    if (stacks.size + namespaces.size === 0) return;
    const names = [...stacks].sort();
    const others = [...namespaces].sort().map((name) => `that in namespace ${name}`);
    const commands = [
      ...names.map((name) => baas("destroy", name)),
      // The Pulumi CLI or GitOps made them.
      ...(others.length > 0 ? [`${others.join(", ")} with the program that made it, such as "pulumi destroy"`] : []),
    ];
    throw new UserError(
      `stack "${own.stack}" is the platform of networks in this cluster: ${[...names, ...others].join(", ")}\n` +
        `  -> Nothing was changed. Destroy them first: ${commands.join("; ")}`,
    );
  }

  private contentsOf(found: readonly TypedObject[], id: StackId): Promise<NamespaceContents[]> {
    const namespaces = found.filter(({ object }) => object.kind === "Namespace");
    return inParallel(namespaces, (namespace) => contentsOf(this.api, this.discovery, namespace, id));
  }

  /** Says what a purge deletes, and asks about it if somebody can answer. */
  private async confirm(toDelete: readonly TypedObject[], contents: readonly NamespaceContents[]): Promise<void> {
    const { progress, confirm, stack } = this.options;
    // Progress must not overwrite the question.
    progress.done();
    const outside = this.options.purge ? toDelete.flatMap((one) => outsideText(one) ?? []) : [];
    const lost = [`${toDelete.length} objects of stack "${stack}"`, ...contents.map(lossText), ...outside];
    if (confirm === undefined) {
      for (const line of contents.length > 0 ? lost : []) progress.line(`to be deleted: ${line}`);
    } else if (!(await confirm(lost))) {
      throw new UserError("not confirmed; nothing was deleted");
    }
  }

  /** Has data outside the cluster deleted, which nobody could once the objects that say whose it is are gone. */
  private purgeOutside(toDelete: readonly TypedObject[]): Promise<void> {
    const { progress, signal, timeoutMs = defaultTimeoutMs } = this.options;
    return purgeOutside({ api: this.api, progress, signal, timeoutMs }, toDelete);
  }

  /**
   * Deletes wave by wave.
   *
   * @returns what stays, in words
   */
  private async deleteAll(
    toDelete: readonly TypedObject[],
    contents: readonly NamespaceContents[],
    id: StackId,
  ): Promise<string[]> {
    const { progress, signal, timeoutMs = defaultTimeoutMs } = this.options;
    const context = { api: this.api, progress, signal };
    const stays = contents.filter(({ foreign }) => foreign.length > 0).map(keptText);
    const claims = contents.flatMap(({ own }) => own).filter(({ object }) => object.kind === claimKind);
    let volumes: TypedObject[] | undefined;
    for (const wave of deleteWaves(toDelete)) {
      const shared = await this.nowShared(wave, contents, id);
      stays.push(...shared.map(keptText));
      const kept = new Set(shared.map(({ namespace }) => namespace));
      const deleted = wave.filter((one) => !kept.has(one));
      // Not earlier: whoever interrupts a purge keeps volumes that outlive their claims.
      if (deleted.some(({ object }) => isRetained(object))) volumes ??= await this.releaseVolumes(claims);
      await inParallel(deleted, async ({ type, object }) => {
        signal.throwIfAborted();
        this.lock?.requireHeld();
        if (!(await this.api.delete(type, object.metadata))) return;
        this.deleted++;
        progress.line(`deleted ${objectName(object)}`);
      });
      await waitUntilGone(context, deleted, timeoutMs);
    }
    const released = volumes ?? [];
    await waitUntilGone(context, released, timeoutMs);
    for (const { object } of released) progress.line(`deleted ${objectName(object)}`);
    this.deleted += released.length;
    return stays;
  }

  /** Namespaces of a wave in which somebody has made something since they were looked at: these stay. */
  private async nowShared(
    wave: readonly TypedObject[],
    contents: readonly NamespaceContents[],
    id: StackId,
  ): Promise<NamespaceContents[]> {
    const judged = contents.filter(({ namespace }) => wave.includes(namespace));
    const now = await this.contentsOf(
      judged.map(({ namespace }) => namespace),
      id,
    );
    return now
      .map((each) => ({ ...each, foreign: each.foreign.filter(({ object }) => !isGoing(object)) }))
      .filter(({ foreign }) => foreign.length > 0);
  }

  /**
   * Sets the volumes of claims to be deleted with them, whatever their storage class requires. A volume that no provisioner has
   * made, or that an earlier claim of the same name has left, stays as it is.
   */
  private async releaseVolumes(claims: readonly TypedObject[]): Promise<TypedObject[]> {
    if (claims.length === 0) return [];
    const ids = new Set(claims.map(({ object }) => object.metadata.uid));
    const type = this.discovery.get("v1", "PersistentVolume");
    const { items } = await this.api.list(type);
    const own = items.filter(
      ({ metadata, spec }) =>
        ids.has(spec.claimRef?.uid) && metadata.annotations?.["pv.kubernetes.io/provisioned-by"] !== undefined,
    );
    await inParallel(own, async ({ metadata, spec }) => {
      this.lock?.requireHeld();
      if (spec.persistentVolumeReclaimPolicy === "Delete") return;
      await this.api.patch(type, undefined, metadata.name, { spec: { persistentVolumeReclaimPolicy: "Delete" } });
    });
    return own.map((object) => ({ type, object }));
  }

  /** Describes what a destroy leaves in the cluster. */
  private async remaining(found: readonly TypedObject[]): Promise<string[]> {
    const kept = found.map(({ object }) => object).filter(isRetained);
    const lines = kept.filter(({ kind }) => kind !== "CustomResourceDefinition").map(objectName);
    const definitions = kept.length - lines.length;
    if (definitions > 0) lines.push(`${definitions} custom resource definitions`);
    for (const namespace of namesOf(found, "Namespace")) {
      for (const [kind, plural] of Object.entries(heldKinds)) {
        const names = (await this.names(kind, namespace)).filter((name) => name !== "kube-root-ca.crt");
        if (names.length > 0) lines.push(`${names.length} ${plural} in ${namespace}: ${names.join(", ")}`);
      }
    }
    return lines;
  }

  private async names(kind: string, namespace: string): Promise<string[]> {
    const { items } = await this.api.list(this.discovery.get("v1", kind), { namespace, metadataOnly: true });
    return items.map(({ metadata }) => metadata.name).sort();
  }
}

/** Whether an object is on its way out: deleted, or with an owner who is. */
function isGoing({ metadata }: KubernetesObject): boolean {
  return metadata.deletionTimestamp !== undefined || (metadata.ownerReferences ?? []).length > 0;
}

const claimKind = "PersistentVolumeClaim";

/** What a purge deletes: Namespaces as a whole, or, where others have objects in one, the stack's own objects in it. */
function withContents(found: readonly TypedObject[], contents: readonly NamespaceContents[]): TypedObject[] {
  const shared = contents.filter(({ foreign }) => foreign.length > 0);
  const kept = new Set(shared.map(({ namespace }) => namespace));
  const deleted = [...found.filter((one) => !kept.has(one)), ...shared.flatMap(({ own }) => own)];
  return [...new Map(deleted.map((one) => [keyOf(one.object), one])).values()];
}

/** Refuses to purge namespaces that hold objects of other stacks. */
function refuseOtherStacks(contents: readonly NamespaceContents[], stack: StackId): void {
  const others = contents.flatMap(({ own, foreign }) =>
    [...own, ...foreign].flatMap(({ object }) => {
      const owner = stackOf(object);
      return owner === undefined || belongsTo(object, stack) ? [] : [`${owner.stack} (${objectName(object)})`];
    }),
  );
  if (others.length === 0) return;
  throw new UserError(
    `other stacks have objects in its namespace: ${others.slice(0, 3).join(", ")}\n` +
      `  -> Nothing was changed. Destroy those stacks first.`,
  );
}

function namesOf(found: readonly TypedObject[], kind: string): string[] {
  return found.flatMap(({ object }) => (object.kind === kind ? [object.metadata.name] : []));
}

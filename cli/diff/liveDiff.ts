/** Finds what an apply would do in a cluster, by dry runs on its API server. Changes nothing. */
import { isPlainObject } from "../../model/plainData";
import { UserError } from "../../model/userError";
import { inParallel } from "../common/inParallel";
import { type DesiredObject, desiredObjects } from "../engine/apply/desiredObjects";
import { noLongerDeclared, objectsOf, refusePulumiOwned } from "../engine/apply/inventory";
import { decideAction, type ObjectAction } from "../engine/apply/objectAction";
import { differences } from "../engine/changes/differences";
import { type FieldChange, fieldChange } from "../engine/changes/fieldChange";
import { connect, type Connection, contextOf } from "../engine/cluster/clusterConnection";
import type { KubernetesObject } from "../engine/cluster/kubernetesObject";
import { secretWarnings } from "../engine/cluster/secretsOfUser";
import type { ProgramResult } from "../engine/declared/registration";
import { isUnknown, leaves } from "../engine/declared/values";
import type { Manifest } from "../engine/kubernetes/manifest";
import { manifests } from "../engine/kubernetes/manifests";
import { type ObjectDiff, summarize } from "./objectChanges";
import type { ObjectStep } from "./objectStep";

/** The difference between a cluster's objects and a stack's declaration. */
export interface LiveDiff {
  context: string;
  objects: ObjectDiff;
  errors: string[];
  notes: string[];
}

/**
 * Compares a stack with the cluster.
 *
 * @throws {@link UserError} when the cluster cannot be reached, or the Pulumi CLI manages the stack there
 */
export async function compareLive(result: ProgramResult, context = contextOf(result)): Promise<LiveDiff> {
  const { later, ready } = byReadiness(result);
  const desired = desiredObjects(ready);
  const connection = await connect(context);
  const { api, discovery } = connection;
  try {
    const id = { project: result.project, stack: result.stack };
    await refusePulumiOwned(api, discovery, result.stack, desired);
    const found = await objectsOf(api, discovery, id);
    const compared = await inParallel(desired, (one) => stepFor(connection, result, one));
    const unknown = await inParallel(later, (manifest) => laterStep(connection, manifest));
    const { prune, keep } = noLongerDeclared(found, [...desired, ...later.map(asDesired)]);
    const gone = await inParallel([...prune, ...keep], async (one): Promise<ObjectStep> => {
      const { namespace, name } = one.object.metadata;
      const live = await api.get(one.type, namespace, name);
      return { ...nameOf(one.object), action: "delete", fields: [], retained: keep.includes(one), before: live };
    });
    const steps = [...compared, ...unknown, ...gone];
    const changes = steps.filter((step) => step !== undefined);
    const kinds = [
      ...new Set(desired.filter(({ object }) => !discovery.find(object)).map(({ object }) => object.kind)),
    ];
    const references = result.references.map((stack) => `apply stack "${stack}" first`);
    return {
      context,
      objects: summarize(changes, []),
      errors: changes.flatMap(({ refused }) => refused?.split("\n") ?? []),
      notes: [
        ...(await secretWarnings(connection, result)),
        ...(kinds.length === 0
          ? []
          : [`the cluster does not know ${kinds.join(", ")} yet${["", ...references].join(": ")}`]),
        ...(later.length === 0
          ? []
          : [
              `not compared, as only an apply creates their data: ${later.map(({ kind, name }) => `${kind} ${name}`).join(", ")}`,
            ]),
      ],
    };
  } finally {
    connection.close();
  }
}

/** Splits objects into those that can be sent to the cluster now, and those with passwords that only an apply creates. */
function byReadiness(result: ProgramResult): { ready: ProgramResult; later: Manifest[] } {
  const later = manifests(result).filter(({ object }) => [...leaves(object)].some(({ value }) => isUnknown(value)));
  const urns = new Set(later.map(({ urn }) => urn));
  return { later, ready: { ...result, registrations: result.registrations.filter(({ urn }) => !urns.has(urn)) } };
}

function asDesired({ object }: Manifest): DesiredObject {
  return { object: object as unknown as KubernetesObject, ignoreChanges: [], level: 0 };
}

function nameOf({
  kind,
  metadata: { namespace, name },
}: KubernetesObject): Pick<ObjectStep, "kind" | "namespace" | "name"> {
  return { kind, ...(namespace !== undefined && { namespace }), name };
}

/** The step of an object whose data only an apply creates; the data of an existing object cannot be compared. */
async function laterStep({ api, discovery }: Connection, manifest: Manifest): Promise<ObjectStep | undefined> {
  const { object } = asDesired(manifest);
  const type = discovery.find(object);
  const live = type && (await api.get(type, object.metadata.namespace, object.metadata.name));
  return live === undefined ? { ...nameOf(object), action: "create", fields: [], retained: false } : undefined;
}

async function stepFor(
  { api, discovery }: Connection,
  { project, stack }: ProgramResult,
  desired: DesiredObject,
): Promise<ObjectStep | undefined> {
  const { object } = desired;
  const base = { ...nameOf(object), fields: [], retained: false };
  const created: ObjectStep = { ...base, action: "create", after: object };
  if (discovery.find(object) === undefined) return created;
  try {
    const context = { api, discovery, stack: { project, stack }, forceConflicts: false };
    return stepOf(await decideAction(context, desired));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { ...base, action: "update", after: object, refused: error.message };
  }
}

/** The step to show for an object; undefined if it does not change. */
export function stepOf({ action, object, live, after }: ObjectAction): ObjectStep | undefined {
  const base = { ...nameOf(object), retained: false };
  if (live === undefined || action === undefined || action === "create") {
    return { ...base, action: "create", fields: [], after: object };
  }
  if (action === "none") return undefined;
  const fields = liveFields(object, live, after);
  // Only the field managers change.
  if (fields.length === 0 && action === "change") return undefined;
  return { ...base, action: action === "change" ? "update" : "replace", fields, before: live, after: after ?? object };
}

function liveFields(object: KubernetesObject, live: KubernetesObject, after?: KubernetesObject): FieldChange[] {
  // Where the server cannot answer the dry run, only the fields that the stack declares are compared.
  const [old, now] =
    after === undefined ? [wantedPart(live, object), object] : [withoutServerFields(live), withoutServerFields(after)];
  const comparison = { digest: () => "", unknownChanges: () => false };
  return differences(old, now, comparison).map((difference) => fieldChange(difference, object.kind));
}

/** An object without the fields that the server maintains. */
function withoutServerFields({ status: _status, metadata, ...rest }: KubernetesObject): Record<string, unknown> {
  const {
    resourceVersion: _version,
    generation: _generation,
    managedFields: _fields,
    uid: _uid,
    creationTimestamp: _time,
    ...kept
  } = metadata;
  return { ...rest, metadata: kept };
}

/** The part of a live value that the wanted value sets, too. */
function wantedPart(live: unknown, wanted: unknown): unknown {
  if (isPlainObject(live) && isPlainObject(wanted)) {
    return Object.fromEntries(
      Object.keys(wanted).flatMap((key) => (key in live ? [[key, wantedPart(live[key], wanted[key])]] : [])),
    );
  }
  if (Array.isArray(live) && Array.isArray(wanted))
    return live.map((element, i) => wantedPart(element, wanted[i] ?? element));
  return live;
}

/**
 * What applying an object would do, decided by the API server itself in a dry run: so that what it refuses is refused
 * before anything is touched.
 */
import { UserError } from "../../../model/userError";
import { canonicalJson } from "../../common/canonical";
import { type Api, ApiError, fieldManager } from "../cluster/api";
import type { Discovery } from "../cluster/discovery";
import { type KubernetesObject, objectName, type ResourceType } from "../cluster/kubernetesObject";
import { isToReplace } from "../cluster/readiness";
import { divergentPaths, keepFields } from "../declared/propertyPaths";
import { type DesiredObject, isFoundation } from "./desiredObjects";
import { isProtected, type StackId, stackOf } from "./ownership";

/** What becomes of an object. */
export type ActionKind = "create" | "change" | "replace" | "none";

/** An object with what has to be done to it. */
export interface ObjectAction extends DesiredObject {
  type: ResourceType;
  /** Nothing while it cannot be said: the Namespace or the kind is not there yet. */
  action?: ActionKind;
  live?: KubernetesObject;
  /** What it would be, as far as the server has told. */
  after?: KubernetesObject;
  /** Whether fields of another field manager are taken over. */
  force: boolean;
}

/** What actions are decided and taken with. */
export interface ActionContext {
  api: Api;
  discovery: Discovery;
  stack: StackId;
  /** Takes over fields that another field manager has set. */
  forceConflicts: boolean;
}

// Deleted and made again when a field changes that cannot change: nothing is lost with them. Everything else has data,
// or stands for some.
const replaceable = new Set([
  "ConfigMap",
  "DaemonSet",
  "Deployment",
  "Job",
  "PodDisruptionBudget",
  "RoleBinding",
  "ClusterRoleBinding",
  "Secret",
  "Service",
]);

const immutableMessage =
  /immutable|may not (be )?change|cannot (be )?change|can not be (unset|changed)|updates to .* are forbidden/i;

/**
 * Decides what has to be done to one object.
 *
 * @throws {@link UserError} naming the object and the field when the server refuses it
 */
export async function decideAction(context: ActionContext, desired: DesiredObject): Promise<ObjectAction> {
  const { api, discovery, stack } = context;
  const type = discovery.find(desired.object) as ResourceType;
  const { namespace, name } = desired.object.metadata;
  const live = await api.get(type, namespace, name);
  if (live === undefined) return decideNew(context, { ...desired, type, force: context.forceConflicts });
  refuseOthers(live, stack);
  const object = keepFields(desired.object, live, desired.ignoreChanges);
  const undecided: ObjectAction = { ...desired, object, type, live, force: context.forceConflicts };
  try {
    const after = await dryRun(api, undecided);
    const told = { ...undecided, ...(after !== undefined && { after }) };
    if (isToReplace(live)) return { ...told, action: "replace" };
    return { ...told, action: after === undefined || differs(live, after, true) ? "change" : "none" };
  } catch (error) {
    if (error instanceof ApiError && isConflict(error)) {
      // The Pulumi CLI leaves these behind on purpose; the stack is not its own any more.
      if (isFoundation(object) && error.causes.every(({ message }) => /"pulumi-kubernetes/.test(message ?? ""))) {
        return { ...undecided, force: true, action: "change" };
      }
      throw conflictError(object, error);
    }
    if (!(error instanceof ApiError) || !isImmutable(error)) throw refusal(object, error);
    if (!replaceable.has(object.kind) || isProtected(live)) throw immutableError(object, error, live);
    return { ...undecided, action: "replace" };
  }
}

async function decideNew({ api }: ActionContext, undecided: ObjectAction): Promise<ObjectAction> {
  try {
    await dryRun(api, undecided);
    return { ...undecided, action: "create" };
  } catch (error) {
    // Its Namespace is not there yet.
    if (error instanceof ApiError && error.status === 404) return undecided;
    throw refusal(undecided.object, error);
  }
}

/** What the object would be; nothing when an admission webhook cannot tell. */
async function dryRun(api: Api, { type, object, force }: ObjectAction): Promise<KubernetesObject | undefined> {
  try {
    return await api.apply(type, object, { dryRun: true, force });
  } catch (error) {
    if (error instanceof ApiError && error.status === 400 && /does not support dry run/.test(error.message))
      return undefined;
    throw error;
  }
}

/**
 * Does what was decided.
 *
 * @param waitGone - returns when the object with this uid is gone
 * @returns what happened
 */
export async function takeAction(
  { api }: ActionContext,
  decided: ObjectAction,
  waitGone: (type: ResourceType, object: KubernetesObject) => Promise<void>,
): Promise<{ action: ActionKind; object: KubernetesObject }> {
  const { type, object, live, force, action } = decided;
  if (action === "none" && live !== undefined) return { action, object: live };
  try {
    if (action === "replace" && live !== undefined) {
      await api.delete(type, live.metadata);
      await waitGone(type, live);
    }
    const applied = await api.apply(type, object, { force });
    if (action !== "change" || live === undefined) return { action: action ?? "create", object: applied };
    return { action: differs(live, applied) ? "change" : "none", object: applied };
  } catch (error) {
    if (error instanceof ApiError && isConflict(error)) throw conflictError(object, error);
    if (error instanceof ApiError && isImmutable(error)) throw immutableError(object, error, live);
    throw refusal(object, error);
  }
}

/** Whether two states of an object differ in what people set; with `strictly`, also in who set it. */
export function differs(before: KubernetesObject, after: KubernetesObject, strictly = false): boolean {
  return comparable(before, strictly) !== comparable(after, strictly);
}

function comparable({ status: _status, metadata, ...rest }: KubernetesObject, strictly: boolean): string {
  const { resourceVersion: _version, generation: _generation, managedFields, ...meta } = metadata;
  const fields = (managedFields ?? [])
    .filter((entry) => entry.manager === fieldManager)
    .map(({ time: _time, ...entry }) => entry);
  return canonicalJson({ ...rest, metadata: meta, ...(strictly && { fields }) });
}

function refuseOthers(live: KubernetesObject, { project, stack }: StackId): void {
  const owner = stackOf(live);
  if (owner === undefined || (owner.project === project && owner.stack === stack)) return;
  const other =
    owner.project === project ? `stack "${owner.stack}"` : `stack "${owner.stack}" of project "${owner.project}"`;
  throw new UserError(
    `${objectName(live)} belongs to ${other}\n  -> Give one of the two another name, or destroy the other stack first.`,
  );
}

function isConflict(error: ApiError): boolean {
  return error.status === 409 && error.causes.some(({ reason }) => reason === "FieldManagerConflict");
}

/** Whether the server refuses because a field cannot change. */
export function isImmutable(error: ApiError): boolean {
  return error.status === 422 && [error, ...error.causes].some(({ message }) => immutableMessage.test(message ?? ""));
}

/** The error for fields that somebody else has set. */
export function conflictError(object: KubernetesObject, { causes }: ApiError): UserError {
  const lines = causes.map(({ field, message }) => {
    const manager = /conflict with "([^"]+)"/.exec(message ?? "")?.[1] ?? "another field manager";
    return `  ${(field ?? "").replace(/^\./, "")} is set by "${manager}"`;
  });
  return new UserError(
    `${objectName(object)}: another program manages fields that this stack sets\n${lines.join("\n")}\n` +
      `  -> Leave them to it by taking them out of the program, or take them over with --force-conflicts.`,
  );
}

/** The error for a field that cannot change, on an object that is not made anew. */
export function immutableError(object: KubernetesObject, error: ApiError, live?: KubernetesObject): UserError {
  const { kind, metadata } = object;
  const namespace = metadata.namespace === undefined ? "" : ` -n ${metadata.namespace}`;
  const remedy =
    kind === "StatefulSet"
      ? `Undo the change; or make the StatefulSet anew, which keeps its pods and volumes: ` +
        `kubectl delete statefulset ${metadata.name}${namespace} --cascade=orphan, then apply again.`
      : `Undo the change, or use another name.`;
  // Of a StatefulSet the server says only which fields may change.
  const changed = kind === "StatefulSet" ? divergentPaths(object.spec, live?.spec, ["spec"]).filter(isFixed) : [];
  const fields = changed.length > 0 ? `${changed.map((path) => `  ${path}`).join("\n")}\n` : "";
  return new UserError(
    `${objectName(object)}: a field that cannot change was changed\n${fields}${details(error)}\n  -> ${remedy}`,
  );
}

function isFixed(path: string): boolean {
  return !/^spec\.(replicas|ordinals|template|updateStrategy|revisionHistoryLimit|persistentVolumeClaimRetentionPolicy|minReadySeconds)\b/.test(
    path,
  );
}

function refusal(object: KubernetesObject, error: unknown): UserError {
  if (error instanceof UserError) return error;
  if (!(error instanceof ApiError)) return new UserError(`${objectName(object)}: ${(error as Error).message}`);
  if (error.status === 403 && /being terminated/.test(error.message)) {
    return new UserError(
      `Namespace ${object.metadata.namespace} is being deleted\n  -> Wait until it is gone, then try again.`,
    );
  }
  const who = error.status === 403 ? "the cluster does not allow it" : "the cluster refuses it";
  return new UserError(`${objectName(object)}: ${who}\n${details(error)}`);
}

function details({ message, causes }: ApiError): string {
  const lines = causes.map((cause) => [cause.field, cause.message].filter((part) => part).join(": "));
  return [...new Set(lines.length > 0 ? lines : [message])].map((line) => `  ${line}`).join("\n");
}

/**
 * Decides by a dry run of the API server what applying an object would do. An object that the server refuses is thus refused
 * before anything changes.
 */
import { group } from "../../../model/contracts/apiGroup";
import { groupOf } from "../../../model/pulumi/kubernetesTypes";
import { UserError } from "../../../model/userError";
import { canonicalJson } from "../../common/canonical";
import { type Api, ApiError, fieldManager } from "../cluster/api";
import type { Discovery } from "../cluster/discovery";
import { type KubernetesObject, objectName, type ResourceType } from "../cluster/kubernetesObject";
import { isToReplace } from "../cluster/readiness";
import { divergentPaths, keepFields } from "../declared/propertyPaths";
import { type DesiredObject, isFoundation } from "./desiredObjects";
import { belongsTo, isProtected, isPulumi, isSame, type StackId, stackOf } from "./ownership";

/** The action on an object. */
export type ActionKind = "create" | "change" | "replace" | "none";

/** An object with the action on it. */
export interface ObjectAction extends DesiredObject {
  type: ResourceType;
  /** Undefined while it is unknown: the Namespace or the kind does not exist yet. */
  action?: ActionKind;
  live?: KubernetesObject;
  /** The object after the action, as far as the server's dry run shows it. */
  after?: KubernetesObject;
  /** Whether the action takes over fields of another field manager. */
  force: boolean;
}

/** What deciding and executing actions needs. */
export interface ActionContext {
  api: Api;
  discovery: Discovery;
  stack: StackId;
  /** Takes over fields that another field manager has set. */
  forceConflicts: boolean;
}

// These are deleted and created again when an immutable field changes, as no data is lost with them. All other kinds hold data
// or represent some.
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

/** A refusal that ends by itself a moment after this release's platform was applied. */
export class PlatformTooOldError extends UserError {
  /** @param waitingFor - what ends it, after the word "for" */
  constructor(
    message: string,
    readonly waitingFor: string,
  ) {
    super(`${message}\n  -> Apply the platform first, see that its controller is ready, then apply this again.`);
  }
}

/**
 * Kubernetes itself still rolls a StatefulSet, as an earlier release declared it. Only the controller of this release ends that: an
 * apply cannot take out `rollingUpdate`, which the API server has filled in.
 */
const rolledByKubernetes = (object: KubernetesObject): PlatformTooOldError =>
  new PlatformTooOldError(
    `${objectName(object)} is of an earlier release: Kubernetes restarts its pods itself until this release's controller takes that over`,
    "the controller of this release to take over restarts of nodes",
  );

/** The API server goes by the definition of an earlier release. */
const unknownToDefinition = (object: KubernetesObject, error: ApiError): PlatformTooOldError =>
  new PlatformTooOldError(
    `${objectName(object)}: the cluster's definition of ${object.kind} is of an earlier release\n${details(error)}`,
    `the cluster to go by this release's definition of ${object.kind}`,
  );

/**
 * Decides the action on one object.
 *
 * @throws {@link UserError} naming the object and the field when the server refuses it, a {@link PlatformTooOldError} among them
 */
export async function decideAction(context: ActionContext, desired: DesiredObject): Promise<ObjectAction> {
  const { api, discovery, stack } = context;
  const type = discovery.find(desired.object) as ResourceType;
  const { namespace, name } = desired.object.metadata;
  const live = await api.get(type, namespace, name);
  if (live === undefined) return decideNew(context, { ...desired, type, force: context.forceConflicts });
  refuseOthers(live, desired.object, stack);
  const object = keepFields(desired.object, live, desired.ignoreChanges);
  const undecided: ObjectAction = { ...desired, object, type, live, force: context.forceConflicts };
  try {
    const after = await dryRun(api, undecided);
    const told = { ...undecided, ...(after !== undefined && { after }) };
    if (isToReplace(live)) return { ...told, action: "replace" };
    return { ...told, action: after === undefined || differs(live, after, true) ? "change" : "none" };
  } catch (error) {
    if (error instanceof ApiError && isConflict(error)) {
      // The Pulumi CLI leaves these behind on purpose and no longer manages the stack.
      if (isFoundation(object) && error.causes.every(({ message }) => isPulumi(conflictingManager(message)))) {
        return { ...undecided, force: true, action: "change" };
      }
      throw conflictError(object, error);
    }
    if (error instanceof ApiError && isRolledByKubernetes(error)) throw rolledByKubernetes(object);
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
    // Its Namespace does not exist yet.
    if (error instanceof ApiError && error.status === 404) return undecided;
    throw refusal(undecided.object, error);
  }
}

/** The object after a dry run; undefined if an admission webhook does not support dry runs. */
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
 * Executes an action.
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

/** Whether two states of an object differ in the fields that clients set; with `strictly`, also in the managers of the fields. */
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

/**
 * Refuses to change what somebody else has made.
 *
 * @throws {@link UserError} naming the object and whose it is
 */
export function refuseOthers(live: KubernetesObject, declared: KubernetesObject, stack: StackId): void {
  if (live.kind === "Namespace" && !isSame(live, declared, stack)) {
    throw new UserError(
      `${objectName(live)} was there before, and belongs to something else\n` +
        `  -> Nothing was changed. Choose another namespace in the stack file.`,
    );
  }
  const owner = stackOf(live);
  if (owner === undefined || belongsTo(live, stack)) return;
  const other =
    owner.project === stack.project ? `stack "${owner.stack}"` : `stack "${owner.stack}" of project "${owner.project}"`;
  throw new UserError(
    `${objectName(live)} belongs to ${other}\n  -> Give one of the two another name, or destroy the other stack first.`,
  );
}

function isConflict(error: ApiError): boolean {
  return error.status === 409 && error.causes.some(({ reason }) => reason === "FieldManagerConflict");
}

/** The manager that a cause of a conflict names; empty if it names none. */
function conflictingManager(message = ""): string {
  return /conflict with "([^"]+)"/.exec(message)?.[1] ?? "";
}

function isRolledByKubernetes({ status, causes }: ApiError): boolean {
  return status === 422 && causes.some(({ field }) => field === "spec.updateStrategy.rollingUpdate");
}

/** Whether a custom resource of this project has a field that the cluster's definition lacks: server-side apply refuses such a field. */
function isUnknownToDefinition({ apiVersion }: KubernetesObject, { message }: ApiError): boolean {
  return groupOf(apiVersion) === group && /field not declared in schema/.test(message);
}

/** Whether the server refuses because a field is immutable. */
export function isImmutable(error: ApiError): boolean {
  return error.status === 422 && [error, ...error.causes].some(({ message }) => immutableMessage.test(message ?? ""));
}

/** The error for fields that another field manager has set. */
export function conflictError(object: KubernetesObject, { causes }: ApiError): UserError {
  const lines = causes.map(({ field, message }) => {
    const manager = conflictingManager(message) || "another field manager";
    return `  ${(field ?? "").replace(/^\./, "")} is set by "${manager}"`;
  });
  return new UserError(
    `${objectName(object)}: another program manages fields that this stack sets\n${lines.join("\n")}\n` +
      `  -> Remove them from the program, or take them over with --force-conflicts.`,
  );
}

/** The error for an immutable field of an object that apply does not recreate. */
export function immutableError(object: KubernetesObject, error: ApiError, live?: KubernetesObject): UserError {
  const { kind, metadata } = object;
  const namespace = metadata.namespace === undefined ? "" : ` -n ${metadata.namespace}`;
  const remedy =
    kind === "StatefulSet"
      ? `Undo the change; or recreate the StatefulSet, which keeps its pods and volumes: ` +
        `kubectl delete statefulset ${metadata.name}${namespace} --cascade=orphan, then apply again.`
      : `Undo the change, or use another name.`;
  // For a StatefulSet the server only lists the fields that may change.
  const changed = kind === "StatefulSet" ? divergentPaths(object.spec, live?.spec, ["spec"]).filter(isFixed) : [];
  const fields = changed.length > 0 ? `${changed.map((path) => `  ${path}`).join("\n")}\n` : "";
  return new UserError(
    `${objectName(object)}: an immutable field was changed\n${fields}${details(error)}\n  -> ${remedy}`,
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
  if (isUnknownToDefinition(object, error)) return unknownToDefinition(object, error);
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

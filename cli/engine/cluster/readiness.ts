/** Decides from an object alone whether it is ready. */
import { groupOf } from "../../../model/pulumi/kubernetesTypes";
import { UserError } from "../../../model/userError";
import { type KubernetesObject, objectName } from "./kubernetesObject";

/** The readiness of an object. */
export interface Readiness {
  ready: boolean;
  /** Why it is not ready, as far as the object shows it. */
  reason?: string;
  /** Whether it has failed permanently, so that waiting cannot help. */
  failed?: boolean;
}

/**
 * Annotations that tell the Pulumi provider how to wait; they have the same meaning here. `pulumi.com/skipAwait` has none: it
 * keeps one of the provider's slots free, but here objects are awaited together, after all are there.
 */
export const waitForAnnotation = "pulumi.com/waitFor";
const replaceUnreadyAnnotation = "pulumi.com/replaceUnready";

const ready: Readiness = { ready: true };
const notYet = (reason: string): Readiness => ({ ready: false, reason });

/**
 * Whether to wait for an object's readiness. All other objects only need to exist.
 *
 * @throws {@link UserError} for an unsupported annotation
 */
export function isAwaited(object: KubernetesObject): boolean {
  const annotations = object.metadata.annotations ?? {};
  if (annotations[waitForAnnotation] !== undefined) {
    conditionsWaitedFor(object);
    return true;
  }
  return rules[groupKind(object)] !== undefined;
}

/** Determines the readiness of an object in the cluster. */
export function readiness(object: KubernetesObject): Readiness {
  const behind = isObserved(object) ? undefined : notYet("the controller has not seen the change yet");
  if (object.metadata.annotations?.[waitForAnnotation] !== undefined) return behind ?? waitedFor(object);
  const rule = rules[groupKind(object)];
  return rule === undefined ? ready : (behind ?? rule(object));
}

/** Whether an object has failed permanently and the next apply must recreate it, such as a Job that is to run again. */
export function isToReplace(object: KubernetesObject): boolean {
  return isTrue(object.metadata.annotations?.[replaceUnreadyAnnotation]) && readiness(object).failed === true;
}

function isTrue(annotation: string | undefined): boolean {
  return annotation?.toLowerCase() === "true";
}

function groupKind({ apiVersion, kind }: KubernetesObject): string {
  const group = groupOf(apiVersion);
  return group === "" ? kind : `${group}/${kind}`;
}

function isObserved({ metadata, status }: KubernetesObject): boolean {
  const { observedGeneration } = status ?? {};
  // Pods and Jobs have none. A custom resource that no controller has processed has none either, but no conditions yet.
  return observedGeneration === undefined || observedGeneration >= (metadata.generation ?? 0);
}

const rules: Record<string, (object: KubernetesObject) => Readiness> = {
  "apps/Deployment": ({ spec, status = {}, metadata }) => {
    const wanted = spec.replicas ?? 1;
    if (status.observedGeneration === undefined && (metadata.generation ?? 0) > 0) return notYet("not started yet");
    const failure = condition(status, "ReplicaFailure");
    if (failure?.status === "True") return notYet(failure.message);
    const { replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status;
    if (updatedReplicas < wanted) return notYet(`${updatedReplicas} of ${wanted} pods updated`);
    if (availableReplicas < wanted) return notYet(`${availableReplicas} of ${wanted} pods available`);
    return replicas > updatedReplicas ? notYet(`${replicas - updatedReplicas} old pods still run`) : ready;
  },
  "apps/StatefulSet": ({ spec, status = {}, metadata }) => {
    const wanted = spec.replicas ?? 1;
    if (status.observedGeneration === undefined && (metadata.generation ?? 0) > 0) return notYet("not started yet");
    // With OnDelete, the user deletes the pods.
    const rolls = (spec.updateStrategy?.type ?? "RollingUpdate") === "RollingUpdate";
    const toUpdate = rolls ? Math.max(0, wanted - (spec.updateStrategy?.rollingUpdate?.partition ?? 0)) : 0;
    const { readyReplicas = 0, updatedReplicas = 0, currentRevision, updateRevision } = status;
    const updated = currentRevision === updateRevision ? wanted : updatedReplicas;
    if (readyReplicas < wanted) return notYet(`${readyReplicas} of ${wanted} pods ready`);
    return updated < toUpdate ? notYet(`${updated} of ${toUpdate} pods updated`) : ready;
  },
  "apps/DaemonSet": ({ status = {} }) => {
    const { desiredNumberScheduled, updatedNumberScheduled = 0, numberAvailable = 0 } = status;
    if (desiredNumberScheduled === undefined) return notYet("not started yet");
    const least = Math.min(updatedNumberScheduled, numberAvailable);
    return least < desiredNumberScheduled ? notYet(`${least} of ${desiredNumberScheduled} pods available`) : ready;
  },
  "batch/Job": ({ status = {} }) => {
    const failure = condition(status, "Failed");
    if (failure?.status === "True") return { ready: false, failed: true, reason: failure.message ?? failure.reason };
    return condition(status, "Complete")?.status === "True" ? ready : notYet("it runs");
  },
  Pod: ({ status = {} }) => {
    if (status.phase === "Succeeded" || condition(status, "Ready")?.status === "True") return ready;
    if (status.phase === "Failed") return { ready: false, failed: true, reason: status.message ?? "it has failed" };
    return notYet(status.phase === undefined ? "not started yet" : `phase ${status.phase}`);
  },
  "apiextensions.k8s.io/CustomResourceDefinition": ({ status = {} }) => {
    const names = condition(status, "NamesAccepted");
    if (names?.status === "False") return { ready: false, failed: true, reason: names.message };
    return condition(status, "Established")?.status === "True" ? ready : notYet("not established yet");
  },
};

interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  observedGeneration?: number;
}

function condition(status: { conditions?: Condition[] } | undefined, type: string): any {
  return status?.conditions?.find((each) => each.type === type);
}

function waitedFor(object: KubernetesObject): Readiness {
  for (const { type, value } of conditionsWaitedFor(object)) {
    const found: Condition | undefined = condition(object.status, type);
    if (found === undefined) return notYet(`no condition ${type} yet: no controller has processed it`);
    if ((found.observedGeneration ?? Infinity) < (object.metadata.generation ?? 0)) {
      return notYet("the controller has not seen the change yet");
    }
    if (found.status.toLowerCase() !== value.toLowerCase()) {
      return notYet([found.reason, found.message].filter((part) => part).join(": ") || `${type} is ${found.status}`);
    }
  }
  return ready;
}

/** `condition=Ready`, `condition=Ready=False`, or a JSON list of them. */
function conditionsWaitedFor(object: KubernetesObject): { type: string; value: string }[] {
  const annotation = object.metadata.annotations?.[waitForAnnotation] as string;
  const expressions: unknown = /^\s*\[/.test(annotation) ? parseJson(annotation) : [annotation];
  const parsed = (Array.isArray(expressions) ? expressions : [annotation]).map((expression) => {
    const [, type, value] = /^condition=([^=]+)(?:=(.+))?$/.exec(String(expression)) ?? [];
    return type === undefined ? undefined : { type, value: value ?? "True" };
  });
  if (parsed.length > 0 && parsed.every((each) => each !== undefined)) return parsed;
  throw new UserError(
    `${objectName(object)}: annotation ${waitForAnnotation} is "${annotation}"; apply understands "condition=TYPE"`,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

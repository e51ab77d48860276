/** The order in which objects are created. */
import { compareText } from "../../../model/plainData";
import { groupOf } from "../../../model/pulumi/kubernetesTypes";
import { UserError } from "../../../model/userError";
import { topologicalOrder } from "../../common/topologicalOrder";
import { type Manifest, manifestName } from "./manifest";

// Prerequisites come first: a namespace before its objects, a definition before its objects, an account before the pod that
// uses it. All other kinds come after these.
const stages = [
  "Namespace CustomResourceDefinition PriorityClass RuntimeClass StorageClass IngressClass",
  "ResourceQuota LimitRange NetworkPolicy PodDisruptionBudget",
  "ServiceAccount ClusterRole ClusterRoleBinding Role RoleBinding",
  "Secret ConfigMap PersistentVolume PersistentVolumeClaim",
  "Service DaemonSet Deployment StatefulSet HorizontalPodAutoscaler Job CronJob Pod Ingress APIService",
  "MutatingWebhookConfiguration ValidatingWebhookConfiguration",
].map((kinds) => kinds.split(" "));
const kindOrder = stages.flat();

/** The stage in which objects of a kind are created. */
export function creationStage(kind: string): number {
  const index = stages.findIndex((kinds) => kinds.includes(kind));
  return index < 0 ? stages.length : index;
}

/** Place of a kind in the order of creation. */
export function creationRank(kind: string): number {
  const index = kindOrder.indexOf(kind);
  return index < 0 ? kindOrder.length : index;
}

/** Compares objects that do not depend on each other, so that their order is the same on every run. */
function compare(a: Manifest, b: Manifest): number {
  return (
    creationRank(a.kind) - creationRank(b.kind) ||
    compareText(groupOf(a.apiVersion), groupOf(b.apiVersion)) ||
    compareText(a.kind, b.kind) ||
    compareText(a.namespace ?? "", b.namespace ?? "") ||
    compareText(a.name, b.name)
  );
}

/**
 * Puts each object after those that it depends on, including its namespace and its definition.
 *
 * @throws {@link UserError} for objects that depend on each other in a circle
 */
export function inCreationOrder(manifests: readonly Manifest[]): Manifest[] {
  const sorted = [...manifests].sort(compare);
  const places = new Map(sorted.map(({ urn }, index) => [urn, index]));
  const namespaces = new Map(sorted.flatMap((one) => (one.kind === "Namespace" ? [[one.name, one.urn]] : [])));
  const definitions = new Map(
    sorted.flatMap(({ kind, object, urn }) => {
      const spec = object.spec as any;
      return kind === "CustomResourceDefinition" ? [[`${spec?.group}/${spec?.names?.kind}`, urn]] : [];
    }),
  );
  const complete = sorted.map((one) => {
    const namespace = namespaces.get(one.namespace ?? "");
    const definition = definitions.get(`${groupOf(one.apiVersion)}/${one.kind}`);
    const first = [...one.dependsOn, namespace, definition].filter(
      (urn): urn is string => urn !== undefined && places.has(urn) && urn !== one.urn,
    );
    return { ...one, dependsOn: [...new Set(first)].sort(compareText) };
  });
  const { ordered, circle } = topologicalOrder(complete, ({ dependsOn }) =>
    dependsOn.map((urn) => places.get(urn) as number),
  );
  if (circle.length > 0) {
    throw new UserError(`these objects depend on each other in a circle: ${circle.map(manifestName).join(", ")}`);
  }
  return ordered;
}

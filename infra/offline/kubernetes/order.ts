/** The order in which objects are created. */
import { compareText } from "../canonical";
import { UserError } from "../errors";
import { describe, groupOf, type Manifest } from "./objects";

// What others stand on comes first: a namespace before what lies in it, a definition before its objects, an account
// before the pod that runs under it. Kinds that are not named come after all of these.
const kindOrder = [
  "Namespace CustomResourceDefinition PriorityClass RuntimeClass StorageClass IngressClass",
  "ResourceQuota LimitRange NetworkPolicy PodDisruptionBudget",
  "ServiceAccount ClusterRole ClusterRoleBinding Role RoleBinding",
  "Secret ConfigMap PersistentVolume PersistentVolumeClaim",
  "Service DaemonSet Deployment StatefulSet HorizontalPodAutoscaler Job CronJob Pod Ingress APIService",
  "MutatingWebhookConfiguration ValidatingWebhookConfiguration",
].flatMap((kinds) => kinds.split(" "));

/** Compares objects that do not depend on each other, so that their order is the same on every run. */
function compare(a: Manifest, b: Manifest): number {
  return (
    rank(a) - rank(b) ||
    compareText(groupOf(a.apiVersion), groupOf(b.apiVersion)) ||
    compareText(a.kind, b.kind) ||
    compareText(a.namespace ?? "", b.namespace ?? "") ||
    compareText(a.name, b.name)
  );
}

/** Place of a kind in the order of creation. */
export function rank({ kind }: Pick<Manifest, "kind">): number {
  const index = kindOrder.indexOf(kind);
  return index < 0 ? kindOrder.length : index;
}

/**
 * Puts each object after those that it depends on, its namespace and its definition among them.
 *
 * @throws {@link UserError} for objects that depend on each other in a circle
 */
export function inOrder(manifests: Manifest[]): Manifest[] {
  const sorted = [...manifests].sort(compare);
  const namespaces = new Map(sorted.flatMap((one) => (one.kind === "Namespace" ? [[one.name, one.urn]] : [])));
  const definitions = new Map(
    sorted.flatMap(({ kind, object, urn }) => {
      const spec = object.spec as any;
      return kind === "CustomResourceDefinition" ? [[`${spec?.group}/${spec?.names?.kind}`, urn]] : [];
    }),
  );
  const urns = new Set(sorted.map(({ urn }) => urn));
  const waitsFor = new Map(
    sorted.map((one) => {
      const implied = [
        namespaces.get(one.namespace ?? ""),
        definitions.get(`${groupOf(one.apiVersion)}/${one.kind}`),
      ].filter((urn) => urn !== undefined);
      const first = [...one.dependsOn, ...implied].filter((urn) => urns.has(urn) && urn !== one.urn);
      return [one.urn, [...new Set(first)].sort(compareText)];
    }),
  );

  // Of those whose dependencies are placed, the first in the order above; again and again.
  const ready = new Heap();
  const missing = sorted.map(({ urn }) => waitsFor.get(urn)?.length ?? 0);
  const dependents = new Map<string, number[]>();
  sorted.forEach(({ urn }, index) => {
    for (const other of waitsFor.get(urn) ?? []) {
      const known = dependents.get(other);
      if (known === undefined) dependents.set(other, [index]);
      else known.push(index);
    }
    if (missing[index] === 0) ready.push(index);
  });
  const ordered: Manifest[] = [];
  for (let index = ready.pop(); index !== undefined; index = ready.pop()) {
    const next = sorted[index] as Manifest;
    ordered.push({ ...next, dependsOn: waitsFor.get(next.urn) ?? [] });
    for (const dependent of dependents.get(next.urn) ?? []) {
      missing[dependent] = (missing[dependent] as number) - 1;
      if (missing[dependent] === 0) ready.push(dependent);
    }
  }
  if (ordered.length < sorted.length) throw new UserError(circle(sorted.filter((_, i) => (missing[i] ?? 0) > 0)));
  return ordered;
}

function circle(left: Manifest[]): string {
  return `these objects depend on each other in a circle: ${left.map(describe).join(", ")}`;
}

/** Gives back the smallest of the numbers put into it. */
class Heap {
  private readonly items: number[] = [];

  push(item: number): void {
    const { items } = this;
    let at = items.push(item) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if ((items[parent] as number) <= item) break;
      items[at] = items[parent] as number;
      at = parent;
    }
    items[at] = item;
  }

  pop(): number | undefined {
    const { items } = this;
    const [top] = items;
    const last = items.pop();
    if (last === undefined || items.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && (items[child + 1] as number) < (items[child] as number)) child++;
      if ((items[child] as number) >= last) break;
      items[at] = items[child] as number;
      at = child;
    }
    items[at] = last;
    return top;
  }
}

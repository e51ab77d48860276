/**
 * Objects inside an object: manifests in texts and custom resources, and pods where Kubernetes itself expects none. Policies
 * judge them like those that stand alone, because something will apply them.
 */
import { documentsIn } from "./documents";
import { decodedIn } from "./encoded";
import { isRecord, type Node, pathOf, walk } from "./nodes";
import { called, dataOf, type KubernetesObject, podOf } from "./objects";

const found = new WeakMap<object, KubernetesObject[]>();

/** The object, and all objects inside it. */
export function withEmbedded(object: KubernetesObject, raw: object): KubernetesObject[] {
  let inside = found.get(raw);
  if (inside === undefined) found.set(raw, (inside = embedded({ ...object, body: raw })));
  return [object, ...inside];
}

function embedded(object: KubernetesObject): KubernetesObject[] {
  const ownPod = podOf(object)?.spec;
  return parts(object).flatMap((part) => inside(part, "", object, ownPod));
}

/** An object, or the metadata and the entries of a ConfigMap or Secret. */
function parts(object: KubernetesObject): object[] {
  const { kind, body } = object;
  if (kind !== "ConfigMap" && kind !== "Secret") return [body];
  return [{ metadata: body.metadata }, { data: dataOf(object) }];
}

function inside(root: unknown, where: string, owner: KubernetesObject, ownPod: unknown): KubernetesObject[] {
  const objects: KubernetesObject[] = [];
  const add = (node: Node, fields: Pick<KubernetesObject, "apiVersion" | "kind" | "body">, name: string): false => {
    const { labels = {}, namespace } = fields.body.metadata ?? {};
    const path = pathOf(node);
    const within = `${[path, where].filter((part) => part !== "").join(" in ")} of ${called(owner)}`;
    const object = { ...fields, name, labels: labels ?? {}, ...(namespace && { namespace }), urn: owner.urn, within };
    objects.push(object, ...embedded(object));
    return false;
  };
  walk(root, (node): boolean | void => {
    const { value, up } = node;
    if (typeof value === "string") {
      for (const text of [value, ...decodedIn(value)]) {
        if (!/apiVersion|ontainers|\\u00/.test(text)) continue;
        const place = [text === value ? "" : "Base64", pathOf(node), where].filter((part) => part !== "").join(" in ");
        for (const document of documentsIn(text)) objects.push(...inside(document, place, owner, undefined));
      }
      return;
    }
    // The object itself, the claims of a StatefulSet, and the pods that every policy knows.
    if (!isRecord(value) || value === owner.body || value === ownPod) return;
    if (node.key === "volumeClaimTemplates" || up?.key === "volumeClaimTemplates") return false;
    if (isManifest(value)) {
      const { apiVersion, kind, metadata } = value;
      return add(node, { apiVersion, kind, body: value }, String(metadata.name ?? ""));
    }
    if (!isPodSpec(value)) return;
    const template = isRecord(up?.value) && node.key === "spec" ? up.value.metadata : undefined;
    const metadata = { labels: owner.labels, namespace: owner.namespace, ...(isRecord(template) && template) };
    return add(node, { apiVersion: "v1", kind: "Pod", body: { metadata, spec: value } }, "");
  });
  return objects;
}

/** Whether a value inside an object is an object or a pod of its own, which policies are asked about separately. */
export function isJudgedAlone(value: unknown): boolean {
  return isRecord(value) && (isManifest(value) || isPodSpec(value));
}

/** A kubeconfig has an apiVersion and a kind as well, and no metadata. */
function isManifest({ apiVersion, kind, metadata }: Record<string, unknown>): boolean {
  return typeof apiVersion === "string" && typeof kind === "string" && isRecord(metadata);
}

function isPodSpec(value: Record<string, unknown>): boolean {
  return ["initContainers", "containers", "ephemeralContainers"].some((list) => {
    const containers = value[list];
    return (
      Array.isArray(containers) && containers.some((each) => isRecord(each) && ("image" in each || "name" in each))
    );
  });
}

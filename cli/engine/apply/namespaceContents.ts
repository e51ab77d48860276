/** What a purge finds in the namespace of a network: its own objects, and those of others. */
import { networkLabel } from "../../../model/contracts/labels";
import type { Api } from "../cluster/api";
import type { Discovery } from "../cluster/discovery";
import { type KubernetesObject, objectName, type TypedObject } from "../cluster/kubernetesObject";
import { listAll } from "./inventory";
import { belongsTo, type StackId } from "./ownership";

/** The objects in a namespace, without those that follow from others. */
export interface NamespaceContents {
  namespace: TypedObject;
  /** With the network's label, or of the stack. */
  own: TypedObject[];
  /** Made by somebody else. While there are any, nothing but `own` may be deleted. */
  foreign: TypedObject[];
}

/**
 * Lists what is in a namespace. Where the namespace names no network, as that of a platform does, everything in it counts as its
 * own.
 */
export async function contentsOf(
  api: Api,
  discovery: Discovery,
  namespace: TypedObject,
  stack: StackId,
): Promise<NamespaceContents> {
  const { name, labels } = namespace.object.metadata;
  const network = labels?.[networkLabel];
  const types = discovery.listable().filter((type) => type.namespaced && type.kind !== "Event");
  const found = (await listAll(api, types, { namespace: name })).filter(({ object }) => !followsFromOthers(object));
  const isOwn = ({ object }: TypedObject): boolean =>
    network === undefined || object.metadata.labels?.[networkLabel] === network || belongsTo(object, stack);
  return { namespace, own: found.filter(isOwn), foreign: found.filter((one) => !isOwn(one)) };
}

/** Describes what is deleted there, one line for each namespace, with the names of what holds data. */
export function lossText({ namespace, own, foreign }: NamespaceContents): string {
  const counted = Object.entries(heldKinds).flatMap(([kind, plural]) => {
    const names = own.filter(({ object }) => object.kind === kind).map(({ object }) => object.metadata.name);
    return names.length === 0 ? [] : [`${names.length} ${plural} (${names.join(", ")})`];
  });
  const what = counted.length === 0 ? "nothing that holds data" : counted.join(", ");
  const { name } = namespace.object.metadata;
  return foreign.length === 0 ? `namespace ${name} with ${what}` : `in namespace ${name}: ${what}`;
}

/** Says why a namespace stays. */
export function keptText({ namespace, foreign }: NamespaceContents): string {
  const shown = foreign.slice(0, 5).map(({ object }) => objectName(object));
  const more = foreign.length > 5 ? ` and ${foreign.length - 5} more` : "";
  return `${objectName(namespace.object)}, because others have objects in it: ${shown.join(", ")}${more}`;
}

/** Kinds that hold data, with their plurals for people. */
export const heldKinds: Record<string, string> = {
  PersistentVolumeClaim: "volume claims",
  Secret: "Secrets",
  ConfigMap: "ConfigMaps",
};

/** Whether Kubernetes makes an object by itself, or another object's controller does. */
function followsFromOthers({ kind, metadata }: KubernetesObject): boolean {
  const { name, ownerReferences = [] } = metadata;
  if (ownerReferences.length > 0) return true;
  if (kind === "Endpoints" || kind === "PodMetrics" || kind === "Lease") return true;
  return (kind === "ConfigMap" && name === "kube-root-ca.crt") || (kind === "ServiceAccount" && name === "default");
}

/** What a purge finds in the namespace of a network: its own objects, and those of others. */
import { networkLabel } from "../../../model/contracts/labels";
import { controllerName } from "../../../model/contracts/names";
import type { Api } from "../cluster/api";
import type { Discovery } from "../cluster/discovery";
import { type KubernetesObject, objectName, type TypedObject } from "../cluster/kubernetesObject";
import { listAll } from "./inventory";
import { belongsTo, isOurs, type StackId } from "./ownership";
import { lockName } from "./stackLock";

/** The objects in a namespace, without those that follow from others. */
export interface NamespaceContents {
  namespace: TypedObject;
  /** With the network's label, or of the stack. */
  own: TypedObject[];
  /** Made by somebody else. While there are any, nothing but `own` may be deleted. */
  foreign: TypedObject[];
}

/**
 * Lists what is in a namespace. An object is its own if its labels name the same network as those of the namespace, or the
 * platform as they do. Where the namespace has no such labels, `apply` has made it for a stack of another kind, and everything in
 * it counts as its own.
 *
 * @throws {@link UserError} if a kind cannot be listed
 */
export async function contentsOf(
  api: Api,
  discovery: Discovery,
  namespace: TypedObject,
  stack: StackId,
): Promise<NamespaceContents> {
  const { name, labels } = namespace.object.metadata;
  const isLabelled = isOurs(namespace.object);
  const types = discovery.listable().filter((type) => type.namespaced && !passing.has(type.kind));
  const all = await listAll(api, types, { namespace: name, complete: true });
  const ids = new Set(all.map(({ object }) => object.metadata.uid));
  const found = all.filter(({ object }) => !isGenerated(object, stack) && !hasOwnerAmong(object, ids));
  const isOwn = ({ object }: TypedObject): boolean =>
    !isLabelled ||
    belongsTo(object, stack) ||
    (isOurs(object) && object.metadata.labels?.[networkLabel] === labels?.[networkLabel]);
  return { namespace, own: found.filter(isOwn), foreign: found.filter((one) => !isOwn(one)) };
}

// What the cluster says about other objects.
const passing = new Set(["Event", "PodMetrics"]);

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

/** Whether an object goes with its owner, which is among others. */
function hasOwnerAmong({ metadata }: KubernetesObject, ids: ReadonlySet<string | undefined>): boolean {
  return metadata.ownerReferences?.some(({ uid }) => ids.has(uid)) ?? false;
}

/** Whether Kubernetes or the network controller makes an object without labels. */
function isGenerated({ kind, metadata: { name } }: KubernetesObject, { stack }: StackId): boolean {
  if (kind === "Endpoints") return true;
  return generated[kind]?.includes(name) === true || (kind === "Lease" && name === lockName(stack));
}

const generated: Record<string, string[]> = {
  ConfigMap: ["kube-root-ca.crt"],
  ServiceAccount: ["default"],
  Lease: [controllerName],
};

/** What is in the cluster already, and whose it is. */
import { UserError } from "../../../model/userError";
import { inParallel } from "../../common/inParallel";
import { type Api, ApiError } from "../cluster/api";
import type { Discovery } from "../cluster/discovery";
import { keyOf, objectName, type ResourceType, type TypedObject } from "../cluster/kubernetesObject";
import type { DesiredObject } from "./desiredObjects";
import { belongsTo, isOwnedByPulumi, isProtected, isRetained, type StackId, stackSelector } from "./ownership";

/** All objects that `apply` made for a stack, in a stable order; their metadata only. */
export async function objectsOf(api: Api, discovery: Discovery, stack: StackId): Promise<TypedObject[]> {
  const found = await listAll(api, discovery.listable(), { labelSelector: stackSelector(stack) });
  return found.filter(({ object }) => belongsTo(object, stack));
}

async function listAll(
  api: Api,
  types: readonly ResourceType[],
  options: { labelSelector?: string; namespace?: string },
): Promise<TypedObject[]> {
  const lists = await inParallel(types, async (type) => {
    try {
      const { items } = await api.list(type, { ...options, metadataOnly: true });
      return items.map((object) => ({ type, object }));
    } catch (error) {
      // Kinds that this user may not list, or whose server is down, hold nothing that this user has applied.
      if (error instanceof ApiError && [403, 404, 405, 503].includes(error.status)) return [];
      throw error;
    }
  });
  const found = lists.flat().sort((a, b) => (keyOf(a.object) < keyOf(b.object) ? -1 : 1));
  // Some objects are served under two groups.
  return found.filter(({ object }, i) => i === 0 || object.metadata.uid !== found[i - 1]?.object.metadata.uid);
}

/**
 * Refuses to delete what is protected.
 *
 * @throws {@link UserError} naming it
 */
export function refuseProtected(found: readonly TypedObject[], problem: string, remedy: string): void {
  const names = found.filter(({ object }) => isProtected(object)).map(({ object }) => `  ${objectName(object)}`);
  if (names.length === 0) return;
  throw new UserError(`${problem}:\n${names.join("\n")}\n  -> Nothing was touched. ${remedy}`);
}

/** What the cluster holds of a stack beyond what its program declares now: what to delete, and what stays all the same. */
export function noLongerDeclared(
  found: readonly TypedObject[],
  desired: readonly DesiredObject[],
): { prune: TypedObject[]; keep: TypedObject[] } {
  const wanted = new Set(desired.map(({ object }) => keyOf(object)));
  const rest = found.filter(
    ({ object }) => !wanted.has(keyOf(object)) && object.metadata.deletionTimestamp === undefined,
  );
  return {
    prune: rest.filter(({ object }) => !isRetained(object)),
    keep: rest.filter(({ object }) => isRetained(object)),
  };
}

/**
 * Refuses a stack that the Pulumi CLI manages: two owners would undo each other's changes.
 *
 * @throws {@link UserError} naming what was found
 */
export async function refusePulumiOwned(
  api: Api,
  discovery: Discovery,
  stack: string,
  desired: readonly DesiredObject[],
): Promise<void> {
  const namespaces = new Set(desired.flatMap(({ object }) => object.metadata.namespace ?? []));
  const types = discovery.listable();
  const found: TypedObject[] = [];
  for (const namespace of namespaces) {
    found.push(
      ...(await listAll(
        api,
        types.filter((type) => type.namespaced),
        { namespace },
      )),
    );
  }
  // The namespaces and definitions that `pulumi destroy` retains are free to be adopted.
  const clusterWide = desired.filter(({ object }) => object.metadata.namespace === undefined && !isRetained(object));
  const live = await inParallel(clusterWide, ({ object }) => {
    const type = discovery.find(object);
    return type === undefined ? undefined : api.get(type, undefined, object.metadata.name);
  });
  const owned = [...found.map(({ object }) => object), ...live.filter((object) => object !== undefined)].filter(
    (object) => isOwnedByPulumi(object) && !isRetained(object),
  );
  if (owned.length === 0) return;
  const shown =
    owned.slice(0, 3).map(objectName).join(", ") + (owned.length > 3 ? `, and ${owned.length - 3} more` : "");
  throw new UserError(
    `stack "${stack}" is managed by the Pulumi CLI in this cluster: ${shown}\n` +
      `  -> Nothing was touched. Go on with "pulumi up -s ${stack}"; or hand it over: "pulumi destroy -s ${stack}" keeps ` +
      `the namespace and its volumes, and apply then adopts them.`,
  );
}

/** What is in the cluster already, and whose it is. */
import { UserError } from "../../../model/userError";
import { inParallel } from "../../common/inParallel";
import { ApiError, type Api } from "../cluster/api";
import type { Discovery } from "../cluster/discovery";
import { keyOf, objectName, type KubernetesObject, type ResourceType } from "../cluster/kubernetesObject";
import type { Desired } from "./desiredObjects";
import { belongsTo, isOwnedByPulumi, isRetained, stackSelector, type StackId } from "./ownership";

/** An object of the cluster, of which only metadata is known. */
export interface Found {
  type: ResourceType;
  object: KubernetesObject;
}

/** All objects that `apply` made for a stack and that are not being deleted already, in a stable order. */
export async function objectsOf(api: Api, discovery: Discovery, stack: StackId): Promise<Found[]> {
  const found = await listAll(api, discovery.listable(), { labelSelector: stackSelector(stack) });
  return found.filter(({ object }) => belongsTo(object, stack));
}

async function listAll(
  api: Api,
  types: ResourceType[],
  options: { labelSelector?: string; namespace?: string },
): Promise<Found[]> {
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

/** What the cluster holds of a stack beyond what its program declares now: what to delete, and what stays all the same. */
export function superfluous(found: readonly Found[], desired: readonly Desired[]): { prune: Found[]; keep: Found[] } {
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
  desired: readonly Desired[],
): Promise<void> {
  const namespaces = new Set(desired.flatMap(({ object }) => object.metadata.namespace ?? []));
  const types = discovery.listable();
  const found: Found[] = [];
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

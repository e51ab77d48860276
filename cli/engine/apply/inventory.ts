/** Lists the objects in the cluster and their owners. */
import { UserError } from "../../../model/userError";
import { inParallel } from "../../common/inParallel";
import { type Api, ApiError } from "../cluster/api";
import type { Discovery } from "../cluster/discovery";
import { keyOf, objectName, type ResourceType, type TypedObject } from "../cluster/kubernetesObject";
import type { DesiredObject } from "./desiredObjects";
import { belongsTo, isOwnedByPulumi, isProtected, isRetained, type StackId, stackSelector } from "./ownership";

/** The metadata of all objects that `apply` created for a stack, in a stable order. */
export async function objectsOf(api: Api, discovery: Discovery, stack: StackId): Promise<TypedObject[]> {
  const found = await listAll(api, discovery.listable(), { labelSelector: stackSelector(stack) });
  return found.filter(({ object }) => belongsTo(object, stack));
}

/**
 * The metadata of all objects of these types, in a stable order.
 *
 * @param options - `complete`: fails where a kind cannot be listed, instead of taking it for empty
 * @throws {@link UserError} naming the kind, if `complete` is set
 */
export async function listAll(
  api: Api,
  types: readonly ResourceType[],
  options: { labelSelector?: string; namespace?: string; complete?: boolean },
): Promise<TypedObject[]> {
  const { complete = false, ...selection } = options;
  const lists = await inParallel(types, async (type) => {
    try {
      const { items } = await api.list(type, { ...selection, metadataOnly: true });
      return items.map((object) => ({ type, object }));
    } catch (error) {
      if (error instanceof ApiError && complete && [403, 503].includes(error.status)) throw notListed(type, error);
      // A kind that this user may not list, or whose server is down, has no objects that this user has applied.
      if (error instanceof ApiError && [403, 404, 405, 503].includes(error.status)) return [];
      throw error;
    }
  });
  const found = lists.flat().sort((a, b) => (keyOf(a.object) < keyOf(b.object) ? -1 : 1));
  // The API serves some objects under two groups.
  return found.filter(({ object }, i) => i === 0 || object.metadata.uid !== found[i - 1]?.object.metadata.uid);
}

function notListed({ kind, apiVersion }: ResourceType, { status, message }: ApiError): UserError {
  const remedy =
    status === 403
      ? "Ask for the right to list it, or let somebody purge who has it"
      : `Its API server is down: repair it, or delete its APIService if nothing needs it`;
  return new UserError(
    `cannot list ${kind} (${apiVersion}), so it is unknown what a purge would delete: ${message}\n` +
      `  -> Nothing was changed. ${remedy}.`,
  );
}

/**
 * Refuses to delete protected objects.
 *
 * @throws {@link UserError} naming them
 */
export function refuseProtected(found: readonly TypedObject[], problem: string, remedy: string): void {
  const names = found.filter(({ object }) => isProtected(object)).map(({ object }) => `  ${objectName(object)}`);
  if (names.length === 0) return;
  throw new UserError(`${problem}:\n${names.join("\n")}\n  -> Nothing was changed. ${remedy}`);
}

/** The stack's objects that its program no longer declares: those to delete, and those that stay. */
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
  // Any stack may adopt the namespaces and definitions that `pulumi destroy` retains.
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
      `  -> Nothing was changed. Continue with "pulumi up -s ${stack}"; or hand it over: "pulumi destroy -s ${stack}" keeps ` +
      `the namespace and its volumes, and apply then adopts them.`,
  );
}

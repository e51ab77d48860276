/** Inputs of a resource as policies see them. */
import { isPlainObject } from "../../../model/plainData";
import { guardKeys } from "../../../model/pulumi/policyPack";
import { isUnknown, mapLeaves, reveal, Secret, Unknown } from "../declared/values";

/** A policy reads a value that is not known before apply. */
export class UnknownValueError extends Error {
  override name = "UnknownValueError";
}

/**
 * The inputs of a resource with secrets revealed. If some are not known before apply, a proxy guards them. Inputs without
 * secret or unknown values are returned unchanged.
 */
export function askedProperties(inputs: Record<string, unknown>): any {
  return holds(inputs, (leaf) => leaf instanceof Secret || leaf instanceof Unknown) ? askedCopy(inputs) : inputs;
}

/** A copy of these inputs, which a remedy may change. */
export function askedCopy(inputs: Record<string, unknown>): any {
  const copy = opened(inputs);
  return holds(inputs, isUnknown) ? guarded(copy, []) : copy;
}

/** A copy in which Pulumi's placeholder text replaces unknown values. */
function opened(inputs: Record<string, unknown>): object {
  return mapLeaves(reveal(inputs), (leaf) => (leaf instanceof Unknown ? leaf.toJSON() : leaf)) as object;
}

function holds(value: unknown, isWanted: (leaf: unknown) => boolean): boolean {
  if (Array.isArray(value)) return value.some((element) => holds(element, isWanted));
  if (isPlainObject(value)) return Object.values(value).some((inner) => holds(inner, isWanted));
  return isWanted(value) || (value instanceof Secret && holds(value.content(), isWanted));
}

/** The text that a policy sees for an unknown value without the guard. */
export const unknownText = new Unknown().toJSON();

/** A proxy that throws when a policy reads an unknown value, with the message of `@pulumi/policy`. */
function guarded(value: object, path: readonly PropertyKey[]): object {
  return new Proxy(value, {
    get(target, key) {
      if (key === guardKeys.isGuard) return true;
      if (key === guardKeys.target) return target;
      const inner: unknown = Reflect.get(target, key);
      const place = [...path, key];
      if (inner === unknownText) {
        throw new UnknownValueError(`string value at .${place.map(String).join(".")} can't be known during preview`);
      }
      return typeof inner === "object" && inner !== null ? guarded(inner, place) : inner;
    },
  });
}

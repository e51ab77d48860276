/**
 * Structural OpenAPI v3 schemas for CustomResourceDefinitions. The TypeScript types of the values are inferred from them, so
 * that a field is written once, with its rules and its description.
 * Kubernetes API reference: JSONSchemaProps v1 apiextensions.k8s.io.
 */

declare const described: unique symbol;

/** A schema of values of type `T`. The type exists at compile time only. */
export type Schema<T = unknown> = Record<string, unknown> & { [described]?: T };

/** The values that a schema describes. */
export type Described<S> = S extends { [described]?: infer T } ? T : never;

/** A string field. With an `enum` it is one of these. */
export function string<const E extends string = string>(
  description: string,
  rules: { pattern?: string; maxLength?: number; enum?: E[] } = {},
): Schema<E> {
  return { type: "string", description, minLength: 1, maxLength: rules.maxLength ?? 253, ...rules };
}

/** An integer field. */
export function integer(description: string, minimum: number, maximum: number): Schema<number> {
  return { type: "integer", description, minimum, maximum };
}

/** A field that is true or false. */
export function boolean(description: string): Schema<boolean> {
  return { type: "boolean", description };
}

/** An object whose fields are all required, except the optional ones. */
export function object<P extends Record<string, Schema>, O extends keyof P & string = never>(
  description: string,
  properties: P,
  rules: { optional?: O[]; validations?: Validation[] } = {},
): Schema<{ [K in Exclude<keyof P, O>]: Described<P[K]> } & { [K in O]?: Described<P[K]> }> {
  const required = Object.keys(properties).filter((key) => !rules.optional?.some((one) => one === key));
  return {
    type: "object",
    description,
    properties,
    required,
    ...(rules.validations === undefined ? {} : { "x-kubernetes-validations": rules.validations }),
  };
}

/** A list of objects, each with a different `key`. */
export function keyedList<S extends Schema>(
  description: string,
  key: keyof Described<S> & string,
  items: S,
  maxItems: number,
  minItems = 1,
): Schema<Described<S>[]> {
  return {
    type: "array",
    description,
    items,
    minItems,
    maxItems,
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": [key],
  };
}

/** A list of different texts. */
export function set(description: string, items: Schema<string>, maxItems: number, minItems?: number): Schema<string[]> {
  return {
    type: "array",
    description,
    items,
    ...(minItems !== undefined && { minItems }),
    maxItems,
    "x-kubernetes-list-type": "set",
  };
}

/** A rule in the Common Expression Language, and the message of its violation. */
export interface Validation {
  rule: string;
  message: string;
}

/** A CEL rule that forbids changing a field. */
export function immutable(field: string): Validation {
  return { rule: `self.${field} == oldSelf.${field}`, message: `${field} cannot be changed` };
}

/** A CEL rule that forbids setting, changing or removing an optional field. */
export function neverChanges(field: string): Validation {
  const rule = `has(self.${field}) == has(oldSelf.${field}) && (!has(self.${field}) || self.${field} == oldSelf.${field})`;
  return { rule, message: `${field} cannot be changed` };
}

/**
 * A CEL rule that forbids changing or removing an optional field.
 *
 * @param why - what depends on it
 */
export function keptOnceSet(field: string, why: string): Validation {
  const rule = `!has(oldSelf.${field}) || (has(self.${field}) && self.${field} == oldSelf.${field})`;
  return { rule, message: `${field} cannot be changed: ${why}` };
}

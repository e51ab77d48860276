/**
 * Property values: plain JSON data with two marks. A value that is not known before apply is {@link unknownValue}. A secret
 * is wrapped in a {@link Secret}, which never prints its content.
 */
import { inspect } from "node:util";

import { isPlainObject } from "../../../model/plainData";

// How Pulumi marks values on the wire (sdk/go/common/resource/properties.go).
const unknownSignature = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
const resourceSignature = "5cf8f73096256a8f31e491e813e4eb8e";
const outputSignature = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
const assetSignature = "c44067f5952c0a294b673a41bacd8c17";
const archiveSignature = "0def7320c3a5731c473e5ecbe6d01bc7";

/** A value that is not known before apply. There is one instance: {@link unknownValue}. */
export class Unknown {
  /** What `pulumi preview --json` prints for an unknown value. */
  toJSON(): string {
    return unknownSignature;
  }

  [inspect.custom](): string {
    return "[unknown]";
  }
}

/** Stands for every value that is not known before apply. */
export const unknownValue = Object.freeze(new Unknown());

/** A secret value. Printing, inspecting or serializing it gives `[secret]`; only {@link reveal} gives the content. */
export class Secret {
  readonly #content: unknown;

  constructor(content: unknown) {
    this.#content = content instanceof Secret ? content.content() : content;
  }

  /** The value itself; {@link unknownValue} if apply creates it. Use it only to send the value to its destination. */
  content(): unknown {
    return this.#content;
  }

  toJSON(): string {
    return "[secret]";
  }

  toString(): string {
    return "[secret]";
  }

  [inspect.custom](): string {
    return "[secret]";
  }
}

/** Position of a value inside another: the keys and indices that lead to it. */
export type Path = readonly (string | number)[];

/** A path as Pulumi writes it: `spec.containers[0].image`, `metadata.annotations["pulumi.com/waitFor"]`. */
export function formatPath(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    if (/[."[\]]/.test(part) || part === "") return `${text}[${JSON.stringify(part)}]`;
    return text === "" ? part : `${text}.${part}`;
  }, "");
}

/** Whether a value is, or is a secret around, {@link unknownValue}. */
export function isUnknown(value: unknown): boolean {
  return value instanceof Unknown || (value instanceof Secret && value.content() instanceof Unknown);
}

/** Rebuilds a value from its leaves: everything that is neither an array nor a plain object. */
export function mapLeaves(value: unknown, map: (leaf: unknown, path: Path) => unknown, path: Path = []): unknown {
  if (Array.isArray(value)) return value.map((element, i) => mapLeaves(element, map, [...path, i]));
  if (!isPlainObject(value)) return map(value, path);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, mapLeaves(inner, map, [...path, key])]));
}

/** Every leaf of a value with the path to it, secrets opened up. */
export function* leaves(value: unknown, path: Path = [], secret = false): Generator<Leaf> {
  if (value instanceof Secret) {
    yield* leaves(value.content(), path, true);
  } else if (Array.isArray(value)) {
    for (const [i, element] of value.entries()) yield* leaves(element, [...path, i], secret);
  } else if (isPlainObject(value)) {
    for (const [key, inner] of Object.entries(value)) yield* leaves(inner, [...path, key], secret);
  } else {
    yield { path, value, secret };
  }
}

/** A leaf, as {@link leaves} finds it. */
export interface Leaf {
  path: Path;
  value: unknown;
  /** Whether it lies inside a secret. */
  secret: boolean;
}

/** A copy with every secret replaced by its content. Use it only to send the value to its destination. */
export function reveal(value: unknown): unknown {
  return mapLeaves(value, (leaf) => (leaf instanceof Secret ? reveal(leaf.content()) : leaf));
}

/** A copy for output and files: `[secret]` for secrets, `[unknown]` for unknown values. */
export function mask(value: unknown): unknown {
  return mapLeaves(value, (leaf) =>
    leaf instanceof Secret ? "[secret]" : leaf instanceof Unknown ? "[unknown]" : leaf,
  );
}

/** Decodes a value that the program sent. */
export function decode(wire: unknown): unknown {
  if (wire === unknownSignature) return unknownValue;
  if (Array.isArray(wire)) return wire.map(decode);
  if (!isPlainObject(wire)) return wire;
  switch (wire[signatureKey]) {
    case undefined:
      return Object.fromEntries(Object.entries(wire).map(([key, inner]) => [key, decode(inner)]));
    case secretSignature:
      return new Secret(decode(wire.value));
    case resourceSignature:
      // Pulumi's engine does the same for providers without support for resource references: the ID replaces the resource.
      if (wire.id === undefined || wire.id === null) return wire.urn;
      return wire.id === "" ? unknownValue : decode(wire.id);
    case outputSignature: {
      const value = wire.value === undefined ? unknownValue : decode(wire.value);
      return wire.secret === true ? new Secret(value) : value;
    }
    case assetSignature:
      return { asset: withoutSignature(wire) };
    case archiveSignature:
      return { archive: withoutSignature(wire) };
    default:
      throw new Error(`a value with the unknown signature ${String(wire[signatureKey])}`);
  }
}

function withoutSignature(wire: Record<string, unknown>): unknown {
  const { [signatureKey]: _, ...content } = wire;
  return decode(content);
}

/** Encodes a value for the program. */
export function encode(value: unknown): unknown {
  return mapLeaves(value, (leaf) => {
    if (leaf instanceof Unknown) return unknownSignature;
    if (leaf instanceof Secret) return { [signatureKey]: secretSignature, value: encode(leaf.content()) };
    return leaf;
  });
}

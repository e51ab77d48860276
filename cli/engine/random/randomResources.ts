/** The resources of `@pulumi/random`, whose values are generated once and then stored. */
import { createHash, randomBytes, randomUUID } from "node:crypto";

import { UserError } from "../../../model/userError";
import { canonicalJson } from "../../common/canonical";
import type { Registration } from "../declared/registration";
import { reveal, Secret, unknownValue } from "../declared/values";
import type { RandomEntry, RandomStore } from "./randomStore";
import { randomIdentifier, randomIntegerBetween, randomName, randomText, type TextArgs } from "./randomValues";

/** The outputs of a provider; the ID is empty while it is unknown. */
export type ProviderAnswer = Pick<RandomEntry, "id" | "outputs">;

interface RandomKind {
  /** Outputs that the provider computes. */
  outputs: string[];
  make(inputs: any): ProviderAnswer;
}

const kinds: Record<string, RandomKind> = {
  RandomPassword: {
    outputs: ["result", "bcryptHash"],
    make: (inputs: TextArgs) => ({ id: "none", outputs: { result: randomText(inputs) } }),
  },
  RandomString: {
    outputs: ["result"],
    make: (inputs: TextArgs) => calledByItself(randomText(inputs)),
  },
  RandomBytes: {
    outputs: ["base64", "hex"],
    make: ({ length }: { length: number }) => {
      if (!Number.isInteger(length) || length < 1) throw new UserError(`length is ${length}; it must be 1 or more`);
      const bytes = randomBytes(length);
      return { id: "none", outputs: { base64: bytes.toString("base64"), hex: bytes.toString("hex") } };
    },
  },
  RandomId: {
    outputs: ["b64Std", "b64Url", "dec", "hex"],
    make: ({ byteLength, prefix }: { byteLength: number; prefix?: string }) => randomIdentifier(byteLength, prefix),
  },
  RandomInteger: {
    outputs: ["result"],
    make: ({ min, max, seed }: { min: number; max: number; seed?: string }) => {
      if (seed !== undefined) throw new UserError("baas does not support a seed: leave it out, or use the Pulumi CLI");
      return calledByItself(randomIntegerBetween(min, max));
    },
  },
  RandomUuid: {
    outputs: ["result"],
    make: () => calledByItself(randomUUID()),
  },
  RandomPet: {
    outputs: [],
    make: ({ length, separator, prefix }: { length?: number; separator?: string; prefix?: string }) => ({
      id: randomName(length, separator, prefix),
      outputs: {},
    }),
  },
};

function calledByItself(result: string | number): ProviderAnswer {
  return { id: String(result), outputs: { result } };
}

/**
 * The values of a random resource. In a dry run they are unknown secrets. Otherwise they come from the store; new values are
 * generated and stored if there are none or the inputs have changed.
 */
export function randomAnswer(
  { urn, type, name, inputs, options }: Registration,
  store: RandomStore,
  dryRun: boolean,
): ProviderAnswer {
  const kind = kinds[type.slice(type.lastIndexOf(":") + 1)];
  if (kind === undefined) throw new UserError(`"${name}": baas does not support random values of type ${type}`);
  if (dryRun) {
    return { id: "", outputs: Object.fromEntries(kind.outputs.map((key) => [key, new Secret(unknownValue)])) };
  }
  const plain = reveal(inputs);
  const hash = createHash("sha256").update(canonicalJson(plain)).digest("hex");
  const kept = store.get(urn, options.aliases);
  const entry: RandomEntry =
    kept !== undefined && kept.type === type && kept.inputs === hash
      ? kept
      : { type, inputs: hash, ...makeNamed(kind, plain, name) };
  if (entry !== kept || store.get(urn) === undefined) store.set(urn, entry, options.aliases);
  const outputs = Object.entries(entry.outputs).map(([key, value]) => [key, new Secret(value)]);
  return { id: entry.id, outputs: Object.fromEntries(outputs) };
}

function makeNamed(kind: RandomKind, inputs: unknown, name: string): ProviderAnswer {
  try {
    return kind.make(inputs);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`"${name}": ${error.message}`);
  }
}

/** Random values as the resources of `@pulumi/random` define them, from the system's cryptographic generator. */
import { randomBytes, randomInt } from "node:crypto";

import { UserError } from "../../../model/userError";

/** The arguments of `RandomPassword` and `RandomString`. */
export interface TextArgs {
  length: number;
  upper?: boolean;
  lower?: boolean;
  numeric?: boolean;
  /** Older name of {@link TextArgs.numeric}. */
  number?: boolean;
  special?: boolean;
  minUpper?: number;
  minLower?: number;
  minNumeric?: number;
  minSpecial?: number;
  overrideSpecial?: string;
}

/**
 * A random text.
 *
 * @throws {@link UserError} when no text can satisfy the arguments
 */
export function randomText(args: TextArgs): string {
  const { length } = args;
  const classes = [
    { use: args.upper, min: args.minUpper, characters: "ABCDEFGHIJKLMNOPQRSTUVWXYZ" },
    { use: args.lower, min: args.minLower, characters: "abcdefghijklmnopqrstuvwxyz" },
    { use: args.numeric ?? args.number, min: args.minNumeric, characters: "0123456789" },
    { use: args.special, min: args.minSpecial, characters: args.overrideSpecial || "!@#$%&*()-_=+[]{}<>:?" },
  ].map(({ use, min, characters }) => ({ use: use ?? true, min: min ?? 0, characters }));
  const least = classes.reduce((sum, { min }) => sum + min, 0);
  if (!Number.isInteger(length) || length < 1) throw new UserError(`length is ${length}; it must be 1 or more`);
  if (least > length) {
    throw new UserError(`length is ${length}; minUpper, minLower, minNumeric and minSpecial ask for ${least}`);
  }
  const alphabet = classes.flatMap(({ use, characters }) => (use ? [...characters] : []));
  if (alphabet.length === 0 && least < length) {
    throw new UserError("upper, lower, numeric and special are all false: no characters are left");
  }
  const picked = classes.flatMap(({ min, characters }) => pick([...characters], min));
  return shuffled([...picked, ...pick(alphabet, length - least)]).join("");
}

function pick(characters: readonly string[], count: number): string[] {
  return Array.from({ length: count }, () => characters[randomInt(characters.length)] as string);
}

function shuffled<T>(items: T[]): T[] {
  for (let i = items.length - 1; i > 0; i--) {
    const j = randomInt(i + 1);
    [items[i], items[j]] = [items[j] as T, items[i] as T];
  }
  return items;
}

/** Random bytes in the encodings of `RandomId`, each with the prefix, and without it as the ID. */
export function randomIdentifier(byteLength: number, prefix = ""): { id: string; outputs: Record<string, string> } {
  if (!Number.isInteger(byteLength) || byteLength < 1) {
    throw new UserError(`byteLength is ${byteLength}; it must be 1 or more`);
  }
  const bytes = randomBytes(byteLength);
  const id = bytes.toString("base64url");
  const outputs = {
    b64Std: prefix + bytes.toString("base64"),
    b64Url: prefix + id,
    dec: prefix + BigInt(`0x${bytes.toString("hex")}`).toString(),
    hex: prefix + bytes.toString("hex"),
  };
  return { id, outputs };
}

/** A random integer between two bounds, both included. */
export function randomIntegerBetween(min: number, max: number): number {
  if (!(min <= max)) throw new UserError(`min is ${min} and max is ${max}; min must not be greater`);
  return randomInt(min, max + 1);
}

/** A pronounceable name, as `RandomPet` generates it: adjectives, then an animal. */
export function randomName(length = 2, separator = "-", prefix?: string): string {
  const words = [...pick(adjectives, Math.max(0, length - 1)), ...pick(animals, 1)];
  return [...(prefix === undefined ? [] : [prefix]), ...words].join(separator);
}

const adjectives =
  "able bold brave brief bright calm clear crisp early eager fair fast firm fond free fresh gentle glad grand keen kind large light lively lucky mellow merry mild modest neat noble open patient plain polite proud quick quiet rapid ready rich robust sharp sincere smart smooth solid steady strong sunny swift tidy true vivid warm wise witty".split(
    " ",
  );
const animals =
  "badger bear beaver bee bison cat crane crow deer dingo dove duck eagle egret elk falcon ferret finch fox frog gecko goose hare hawk heron horse ibex jay kite koala lark lemur lion llama lynx marten mink mole moose moth newt otter owl panda pony puma quail rabbit raven robin salmon seal shrew stork swan tapir tern tiger toad trout viper wasp weasel wolf wombat wren yak zebra".split(
    " ",
  );

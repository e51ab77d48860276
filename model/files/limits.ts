/** What a configuration may contain at most, so that no file, however small, can keep a command busy. */
import { isPlainObject } from "../plainData";

/** Limits of a YAML file and of what it stands for. A network of 60 organizations, all of them on 100 channels, has 7000 values. */
export const limits = {
  /** Bytes of a file, and characters of its texts and keys. */
  bytes: 256 * 1024,
  /** Texts, numbers, lists and maps. What an alias stands for counts each time. */
  values: 10_000,
  /** Levels of lists and maps in each other. */
  depth: 50,
};

/** Where plain data exceeds a limit. */
export interface Excess {
  path: PropertyKey[];
  /** What is wrong there, what is allowed, and the remedy. */
  problem: string;
}

/**
 * Finds the place where data exceeds a limit: the innermost value that is too much by itself. It takes time by what a file
 * contains, not by what its aliases stand for.
 */
export function excessOf(data: unknown): Excess | undefined {
  try {
    new Scale().weigh(data, 0);
    return undefined;
  } catch (error) {
    if (error instanceof TooMuch) return { path: error.path, problem: error.message };
    throw error;
  }
}

interface Weight {
  values: number;
  characters: number;
  depth: number;
}

class TooMuch extends Error {
  constructor(
    readonly path: PropertyKey[],
    problem: string,
  ) {
    super(problem);
  }
}

/** Weighs a value that aliases make part of several others once. */
class Scale {
  private readonly known = new Map<object, Weight>();
  private readonly open = new Set<object>();
  private readonly path: PropertyKey[] = [];

  weigh(value: unknown, level: number): Weight {
    if (typeof value === "string") return this.allowed({ values: 1, characters: value.length, depth: level });
    if (!Array.isArray(value) && !isPlainObject(value)) return { values: 1, characters: 0, depth: level };
    if (this.open.has(value)) this.refuse("is inside of itself, by an alias: write out what it stands for");
    const known = this.known.get(value);
    if (known !== undefined) return this.allowed({ ...known, depth: level + known.depth });
    this.open.add(value);
    const weight = this.weighInner(value, level);
    this.open.delete(value);
    this.known.set(value, { ...weight, depth: weight.depth - level });
    return weight;
  }

  private weighInner(value: object, level: number): Weight {
    const total = this.allowed({ values: 1, characters: 0, depth: level + 1 });
    const isList = Array.isArray(value);
    for (const [key, inner] of Object.entries(value)) {
      this.path.push(isList ? Number(key) : key);
      const { values, characters, depth } = this.weigh(inner, level + 1);
      this.path.pop();
      total.values += values;
      total.characters += characters + (isList ? 0 : key.length);
      total.depth = Math.max(total.depth, depth);
      this.allowed(total);
    }
    return total;
  }

  private allowed(weight: Weight): Weight {
    const shorter = "leave out aliases, or describe less in one file";
    if (weight.depth > limits.depth) {
      this.refuse(`more than ${limits.depth} levels of lists and maps in each other: write fewer`);
    }
    if (weight.values > limits.values) {
      this.refuse(`more than ${limits.values} values, each alias as what it stands for: ${shorter}`);
    }
    if (weight.characters > limits.bytes) {
      this.refuse(`more than ${limits.bytes} characters, each alias as what it stands for: ${shorter}`);
    }
    return weight;
  }

  private refuse(problem: string): never {
    throw new TooMuch([...this.path], problem);
  }
}

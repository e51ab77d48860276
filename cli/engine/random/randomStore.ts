/**
 * Stores the random values of a project's stacks in `.baas/random/<stack>.json`. They are passwords: only the owner may read
 * the files, and no other file of the project contains the values.
 */
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";

import { UserError } from "../../../model/userError";
import { writeAtomically } from "../../common/atomicFiles";
import { canonicalJson } from "../../common/canonical";

/** The stored value of one random resource. */
export interface RandomEntry {
  type: string;
  /** Hash of its inputs: other inputs need another value. */
  inputs: string;
  id: string;
  outputs: Record<string, unknown>;
}

/** The random values of one stack, read when first needed. */
export class RandomStore {
  private entries: Record<string, RandomEntry> | undefined;

  /** @param file - the file of the values; see {@link randomFile} */
  constructor(private readonly file: string) {}

  /** The stored value of a resource under its URN or a former one. */
  get(urn: string, aliases: readonly string[] = []): RandomEntry | undefined {
    const entries = this.load();
    const key = [urn, ...aliases].find((candidate) => Object.hasOwn(entries, candidate));
    return key === undefined ? undefined : entries[key];
  }

  /** Stores a resource's value under its URN. It is in the file before anything uses it. */
  set(urn: string, entry: RandomEntry, aliases: readonly string[] = []): void {
    const entries = { ...this.load(), [urn]: entry };
    for (const alias of aliases) delete entries[alias];
    mkdirSync(dirname(this.file), { recursive: true, mode: 0o700 });
    chmodSync(dirname(this.file), 0o700);
    writeAtomically(this.file, `${canonicalJson({ version: 1, values: entries }, 2)}\n`, 0o600);
    this.entries = entries;
  }

  private load(): Record<string, RandomEntry> {
    this.entries ??= this.read();
    return this.entries;
  }

  private read(): Record<string, RandomEntry> {
    if (!existsSync(this.file)) return {};
    // A copy or a restored backup may have lost its mode.
    if ((statSync(this.file).mode & 0o077) !== 0) chmodSync(this.file, 0o600);
    try {
      const { version, values } = JSON.parse(readFileSync(this.file, "utf8"));
      if (version !== 1 || typeof values !== "object" || values === null) throw new Error("unknown format");
      return values;
    } catch (error) {
      // Never continue without the values: that would change every password of the network.
      const reason = error instanceof SyntaxError ? "it is not JSON" : (error as Error).message;
      throw new UserError(
        `${this.file} holds the stack's random values and cannot be read: ${reason}. ` +
          `Restore it from a backup; without it, every random value is generated again`,
      );
    }
  }
}

/** The file of a stack's random values. */
export function randomFile(projectDir: string, stack: string): string {
  return join(projectDir, ".baas", "random", `${stack}.json`);
}

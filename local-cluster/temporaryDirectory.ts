/** Directories for half-done work, which leave nothing behind, and how what is done gets to its place. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";

const prefix = ".tmp-";
const dayMs = 24 * 3600 * 1000;

/**
 * Gives a new directory for as long as `use` takes, also when this process exits before. What a killed process left in
 * the same place is removed a day later, when nothing can be using it any more.
 *
 * @param parent - where the directory is made; on the same file system as what is renamed out of it
 */
export async function withTemporaryDirectory<T>(parent: string, use: (directory: string) => Promise<T>): Promise<T> {
  mkdirSync(parent, { recursive: true });
  removeAbandoned(parent);
  const directory = mkdtempSync(join(parent, prefix));
  const remove = () => rmSync(directory, { recursive: true, force: true });
  process.once("exit", remove);
  try {
    return await use(directory);
  } finally {
    process.removeListener("exit", remove);
    remove();
  }
}

/** Moves a finished directory to its place, unless another process was faster. */
export function renameIfAbsent(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!existsSync(to)) throw error;
  }
}

function removeAbandoned(parent: string): void {
  for (const name of readdirSync(parent).filter((each) => each.startsWith(prefix))) {
    const age = Date.now() - (statSync(join(parent, name), { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > dayMs) rmSync(join(parent, name), { recursive: true, force: true });
  }
}

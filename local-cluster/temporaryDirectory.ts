/** Temporary directories for unfinished work, and the move of finished work to its place. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";

const prefix = ".tmp-";
const dayMs = 24 * 3600 * 1000;

/**
 * Creates a directory that exists while `use` runs; it is also removed when this process exits. Directories that killed
 * processes left in the same place are removed after a day, when they are certainly unused.
 *
 * @param parent - the parent directory, on the same file system as the destination of the results
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

/** Moves a finished directory to its place, unless another process has done so. */
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

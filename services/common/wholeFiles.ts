/** Files on the volumes of a pod, written so that a crash does no harm. */
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";

/** The text of a file; undefined if there is none. */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * Writes a file so that a reader, or the next start after a crash, sees the old content or the new content, whole. Missing
 * directories are made for their owner alone.
 *
 * @param mode - permissions, 0600 for whatever is private
 */
export function writeWhole(path: string, content: string, mode: number): void {
  const directory = dirname(path);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const temporary = `${path}.new`;
  rmSync(temporary, { force: true });
  const file = openSync(temporary, "wx", mode);
  try {
    writeSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
  syncDirectory(directory);
}

/** Has the names in a directory outlive a crash of the machine. */
export function syncDirectory(directory: string): void {
  const file = openSync(directory, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/**
 * Writes a file unless it already has this content.
 *
 * @returns whether it was written
 */
export function writeIfChanged(path: string, content: string, mode: number): boolean {
  if (readIfThere(path) === content) return false;
  writeWhole(path, content, mode);
  return true;
}

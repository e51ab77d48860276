/** Writes files atomically: a reader finds a complete file or none. */
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Writes a file atomically: a reader finds the old content or the new, even after a crash.
 *
 * @param mode - permissions of the file, also when it existed before
 */
export function writeAtomically(path: string, content: string, mode = 0o644): void {
  withDraft(path, content, mode, (draft) => renameSync(draft, path));
}

/**
 * Creates a file that must not exist yet. If several processes try at the same time, only one succeeds.
 *
 * @returns whether this process created it
 */
export function createAtomically(path: string, content: string): boolean {
  try {
    withDraft(path, content, 0o644, (draft) => linkSync(draft, path));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Writes a temporary file beside another one; the caller moves it to its place. */
function withDraft(path: string, content: string, mode: number, place: (draft: string) => void): void {
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}.tmp`;
  rmSync(draft, { force: true });
  try {
    const file = openSync(draft, "wx", mode);
    try {
      writeFileSync(file, content);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    place(draft);
  } finally {
    rmSync(draft, { force: true });
  }
}

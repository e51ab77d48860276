/** Files that are either there whole, or not at all. */
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Writes a file so that a reader, or a crash, finds the old content or the new and never a part.
 *
 * @param mode - permissions of the file, whatever they were before
 */
export function writeAtomically(path: string, content: string, mode = 0o644): void {
  withDraft(path, content, mode, (draft) => renameSync(draft, path));
}

/**
 * Writes a file that must not be there yet. Of several processes that do so at the same time, one makes it.
 *
 * @returns whether this one did
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

/** Writes a file beside another one, for what then puts it in its place. */
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

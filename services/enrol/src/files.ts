/** Files on the volumes of a pod: written so that a crash does no harm, and watched for changes. */
import { createHash, type Hash } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";

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

/** The files of a mounted ConfigMap, by name. */
export function mountedFiles(path: string): Record<string, string> {
  const names = readdirSync(path).filter((name) => !name.startsWith("..") && statSync(join(path, name)).isFile());
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(path, name), "utf8")]));
}

/** A digest of the names and contents of all files at and below some paths, which need not be there. */
export function digestOf(paths: readonly string[]): string {
  const hash = createHash("sha256");
  for (const path of paths) addFiles(hash, path, path);
  return hash.digest("hex");
}

function addFiles(hash: Hash, path: string, name: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory()) {
    // The kubelet updates a mounted ConfigMap or Secret by swapping this link, so all files behind it belong together.
    const data = join(path, "..data");
    const directory = existsSync(data) ? realpathSync(data) : path;
    for (const entry of readdirSync(directory).sort()) {
      if (!entry.startsWith("..")) addFiles(hash, join(directory, entry), `${name}/${entry}`);
    }
  } else if (found?.isFile()) {
    const content = readFileSync(path);
    hash.update(`${name}\0${content.length}\0`).update(content);
  }
}

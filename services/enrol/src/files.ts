/** Files that are mounted into a pod, and their changes. */
import { createHash, type Hash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";

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

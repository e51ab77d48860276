import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join, relative, sep } from "node:path";

import dockerignore from "@balena/dockerignore";

/**
 * Hash of a Docker build context: names, contents and executable bits of every file that a build would see, that is
 * without those that `.dockerignore` excludes. The same files give the same hash in every clone.
 *
 * @param folder - the build context
 * @returns 16 hexadecimal digits of a SHA-256
 */
export function contextHash(folder: string): string {
  const hash = createHash("sha256");
  for (const file of contextFiles(folder)) {
    const path = join(folder, file);
    const status = lstatSync(path);
    const content = status.isSymbolicLink() ? Buffer.from(readlinkSync(path)) : readFileSync(path);
    const kind = status.isSymbolicLink() ? "link" : status.mode & 0o100 ? "executable" : "file";
    hash.update(`${file}\0${kind}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex").slice(0, 16);
}

/** Files of a build context, relative to it, with "/" between folders, sorted. */
export function contextFiles(folder: string): string[] {
  const ignored = dockerignore();
  try {
    ignored.add(readFileSync(join(folder, ".dockerignore"), "utf8"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  const visit = (directory: string): string[] =>
    readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
      const path = join(directory, entry.name);
      // Never part of what a build needs, and slow to walk.
      if (entry.name === "node_modules" || entry.name === ".git") return [];
      if (entry.isDirectory()) return visit(path);
      const file = relative(folder, path).split(sep).join("/");
      // A build always sees its Dockerfile, whatever is ignored.
      return file !== "Dockerfile" && ignored.ignores(file) ? [] : [file];
    });
  return visit(folder).sort();
}

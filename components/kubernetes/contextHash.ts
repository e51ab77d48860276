/** What a Docker build sees of its context, as a hash: the tag of the image. */
import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join, relative, sep } from "node:path";

import dockerignore from "@balena/dockerignore";

/**
 * Hash of a Docker build context: names, contents and executable bits of every file that a build would see, that is
 * without those that `.dockerignore` excludes. The same files give the same hash in every clone.
 *
 * @param folder - the build context
 * @param dockerfile - path of the Dockerfile, relative to the context
 * @returns 16 hexadecimal digits of a SHA-256
 */
export function contextHash(folder: string, dockerfile = "Dockerfile"): string {
  const hash = createHash("sha256");
  for (const file of contextFiles(folder, dockerfile)) {
    const path = join(folder, file);
    const status = lstatSync(path);
    const content = status.isSymbolicLink() ? Buffer.from(readlinkSync(path)) : readFileSync(path);
    const kind = status.isSymbolicLink() ? "link" : status.mode & 0o100 ? "executable" : "file";
    hash.update(`${file}\0${kind}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex").slice(0, 16);
}

/** Files of a build context, relative to it, with "/" between folders, sorted. */
export function contextFiles(folder: string, dockerfile = "Dockerfile"): string[] {
  const patterns = readIfThere(join(folder, ".dockerignore"));
  const ignored = dockerignore().add(patterns);
  const exceptions = patterns.split("\n").flatMap((line) => /^\s*!\/?(.*?)\/?\s*$/.exec(line)?.[1] ?? []);
  /** Whether an exception brings back something below an ignored folder; else there is no need to walk it. */
  const holdsExceptions = (path: string) =>
    exceptions.some((exception) => /[*?[]/.test(exception) || `${exception}/`.startsWith(`${path}/`));
  const visit = (directory: string): string[] =>
    readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
      const path = join(directory, entry.name);
      // Never part of what a build needs, and slow to walk.
      if (entry.name === "node_modules" || entry.name === ".git") return [];
      const file = relative(folder, path).split(sep).join("/");
      if (entry.isDirectory()) return ignored.ignores(file) && !holdsExceptions(file) ? [] : visit(path);
      // A build always sees its Dockerfile, whatever is ignored.
      return file !== dockerfile && ignored.ignores(file) ? [] : [file];
    });
  return visit(folder).sort();
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return "";
  }
}

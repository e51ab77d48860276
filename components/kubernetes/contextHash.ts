/** The hash of everything that an image is built from, which is the image's tag. */
import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join, relative, sep } from "node:path";

import dockerignore from "@balena/dockerignore";

import { copyInstructions } from "./copyInstructions";

/**
 * Hash of what an image is built from: names, contents and executable bits of the Dockerfile and of every file that it
 * takes from the build context. The same files give the same hash in every clone.
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

/**
 * The files that an image is built from: its Dockerfile, and those that the Dockerfile takes from the build context and
 * that `.dockerignore` leaves in it. If the Dockerfile does not show which files it takes, all files of the context count.
 *
 * @returns paths relative to the context, with "/" between folders, sorted
 */
export function contextFiles(folder: string, dockerfile = "Dockerfile"): string[] {
  const visible = visibleFiles(folder, dockerfile);
  const copies = copyInstructions(readFileSync(join(folder, dockerfile), "utf8"));
  if (copies === undefined) return visible;
  const taken = new Set([dockerfile]);
  for (const source of copies.flatMap(({ sources }) => sources)) {
    const found = visible.filter(isAtOrBelow(source));
    // The source is the whole context, or something behind a symbolic link.
    if (found.length === 0 || found.some((file) => lstatSync(join(folder, file)).isSymbolicLink())) return visible;
    for (const file of found) taken.add(file);
  }
  return [...taken].sort();
}

/** Matches the files of a source of COPY by the rules of `.dockerignore`: a folder stands for everything in it. */
function isAtOrBelow(source: string): (file: string) => boolean {
  const matcher = dockerignore({ ignorecase: false }).add([source]);
  return (file) => matcher.ignores(file);
}

/** Files that a build sees. */
function visibleFiles(folder: string, dockerfile: string): string[] {
  const patterns = readIfThere(join(folder, ".dockerignore"));
  const ignored = dockerignore().add(patterns);
  const exceptions = patterns.split("\n").flatMap((line) => /^\s*!\/?(.*?)\/?\s*$/.exec(line)?.[1] ?? []);
  /** Whether an exception includes something below an ignored folder. Other ignored folders are not walked. */
  const holdsExceptions = (path: string) =>
    exceptions.some((exception) => /[*?[]/.test(exception) || `${exception}/`.startsWith(`${path}/`));
  const visit = (directory: string): string[] =>
    readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
      const path = join(directory, entry.name);
      // Never part of what a build needs, and slow to walk.
      if (entry.name === "node_modules" || entry.name === ".git") return [];
      const file = relative(folder, path).split(sep).join("/");
      if (entry.isDirectory()) return ignored.ignores(file) && !holdsExceptions(file) ? [] : visit(path);
      // A build always sees its Dockerfile, even if that is ignored.
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

/** Copies the project's files at a Git revision into a folder of their own, in which its program can run. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
} from "node:fs";
import { join } from "node:path";

import { run, tryRun } from "../../../local-cluster/run";
import { UserError } from "../../../model/userError";

/** The files of a revision. */
export interface Revision {
  /** Its name with its commit: `origin/main (0123abc)`. */
  name: string;
  /** Folder of its Pulumi.yaml. */
  dir: string;
  /** What the reader should know about it. */
  notes: string[];
}

// Copies are kept, as their builds make the next run faster. This is the number of older copies to keep.
const copiesKept = 3;

/**
 * Copies the project's files at a revision. If the present branch has left the branch of the revision, it copies the commit
 * where they parted: later changes of others are not this branch's changes.
 *
 * @throws {@link UserError} when there is no Git repository, no such revision, or no project in it
 */
export async function checkOut(projectDir: string, revision: string): Promise<Revision> {
  const commit = await commitOf(projectDir, revision);
  const fork = await git(projectDir, ["merge-base", "HEAD", commit]).catch(() => commit);
  const folder = join(projectDir, ".baas", "cache", "revisions");
  const dir = join(folder, fork);
  if (!existsSync(dir)) await extract(projectDir, fork, folder, dir);
  linkModules(projectDir, dir);
  utimesSync(dir, new Date(), new Date());
  forgetOthers(folder);
  if (!existsSync(join(dir, "Pulumi.yaml")) && !existsSync(join(dir, "Pulumi.yml"))) {
    throw new UserError(`there is no Pulumi.yaml at ${revision} (${fork.slice(0, 7)}): it is from before this project`);
  }
  const shown = fork.slice(0, 7);
  // Shortens a commit to seven digits, and does not repeat them.
  const called = /^[0-9a-f]{8,}$/.test(revision) && commit.startsWith(revision) ? commit.slice(0, 7) : revision;
  const itself = called === shown ? shown : `${called} (${shown})`;
  const name = fork === commit ? itself : `${called} where this branch left it (${shown})`;
  return { name, dir, notes: sameFile(projectDir, dir, "package-lock.json") ? [] : [otherDependencies] };
}

const otherDependencies =
  "package-lock.json differs: the earlier program ran with the dependencies that are installed now";

async function commitOf(projectDir: string, revision: string): Promise<string> {
  const inside = await tryRun("git", ["-C", projectDir, "rev-parse", "--is-inside-work-tree"]);
  if (inside.stdout.trim() !== "true") {
    throw new UserError(`--base needs a Git repository: ${inside.stderr.trim() || `${projectDir} is in none`}`);
  }
  try {
    return await git(projectDir, ["rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`]);
  } catch {
    throw new UserError(
      `there is no revision "${revision}" here\n  -> Fetch it first (git fetch origin), or name another; git log shows them.`,
    );
  }
}

async function git(dir: string, args: readonly string[]): Promise<string> {
  return (await run("git", ["-C", dir, ...args])).trim();
}

/** Copies atomically, even if another process does the same. */
async function extract(projectDir: string, commit: string, folder: string, dir: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const draft = mkdtempSync(join(folder, ".draft-"));
  try {
    const files = join(draft, "files");
    mkdirSync(files);
    // In a subfolder of the repository, Git archives that folder alone.
    await git(projectDir, ["archive", "--format=tar", "--output", join(draft, "files.tar"), commit]);
    await run("tar", ["-xf", join(draft, "files.tar"), "-C", files]);
    try {
      renameSync(files, dir);
    } catch (error) {
      if (!existsSync(dir)) throw error;
    }
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function linkModules(projectDir: string, dir: string): void {
  const modules = join(projectDir, "node_modules");
  if (!existsSync(modules) || existsSync(join(dir, "node_modules"))) return;
  try {
    symlinkSync(modules, join(dir, "node_modules"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

function forgetOthers(folder: string): void {
  const copies = readdirSync(folder)
    .filter((name) => /^[0-9a-f]{40,64}$/.test(name))
    .map((name) => ({ path: join(folder, name), used: statSync(join(folder, name)).mtimeMs }))
    .sort((a, b) => b.used - a.used);
  for (const { path } of copies.slice(copiesKept)) rmSync(path, { recursive: true, force: true });
}

function sameFile(a: string, b: string, name: string): boolean {
  const [one, other] = [join(a, name), join(b, name)].map((path) =>
    existsSync(path) ? readFileSync(path) : undefined,
  );
  return one === undefined || other === undefined ? one === other : one.equals(other);
}

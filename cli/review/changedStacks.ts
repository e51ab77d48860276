/** Finds the stacks that a change may affect, by its files. */
import { posix } from "node:path";

import { tryRun } from "../../local-cluster/run";
import { stackOfFile } from "../../model/files/projectFolder";
import { environmentFile } from "../../model/project/environments";
import { readClaims, stackNames } from "../../model/project/stacks";
import { UserError } from "../../model/userError";

/** Stacks that a change may affect, sorted. */
export interface ChangedStacks {
  stacks: string[];
  /** Stacks whose file was removed. */
  gone: string[];
}

/**
 * Finds the stacks that may have changed since a revision: by their file, their environment, or the sources common to all
 * stacks. Uncommitted files count too.
 *
 * @param projectDir - folder of Pulumi.yaml, the root of the repository
 * @param base - revision to merge into; without one, all stacks are returned
 * @throws {@link UserError} when Git does not know the revision
 */
export async function changedStacks(projectDir: string, base?: string): Promise<ChangedStacks> {
  const all = stackNames(projectDir);
  if (base === undefined) return { stacks: all, gone: [] };
  const files = await changedFiles(projectDir, base);
  const gone = files
    .filter((file) => posix.dirname(file) === "stacks")
    .flatMap((file) => stackOfFile(posix.basename(file)) ?? [])
    .filter((stack) => !all.includes(stack));
  if (files.some(concernsAll)) return { stacks: all, gone };
  const isConcerned = (stack: string): boolean => {
    const claims = readClaims(projectDir, stack);
    // The environment of an unreadable file is unknown. The stack's preview reports the error.
    if (claims === undefined) return true;
    return files.includes(claims.file) || files.includes(environmentFile(claims.environment));
  };
  return { stacks: all.filter(isConcerned), gone };
}

const programs = ["infra", "model", "components", "cli", "fabric", "services", "chaincode", "policies"];
const projectFiles = ["Pulumi.yaml", "package.json", "package-lock.json", "tsconfig.json", ".dockerignore"];

/** Whether a file is a source common to all stacks. */
function concernsAll(file: string): boolean {
  if (projectFiles.includes(file)) return true;
  return programs.includes(file.split("/")[0]!) && !/\.md$|\.test\.ts$|\/(testing|testdata)\//.test(file);
}

async function changedFiles(projectDir: string, base: string): Promise<string[]> {
  const git = async (...args: string[]): Promise<string[]> => {
    const { code, stdout, stderr } = await tryRun("git", ["-C", projectDir, ...args]);
    if (code !== 0) throw new UserError(`git ${args[0]}: ${stderr.trim()}`);
    return stdout.split("\0").filter((file) => file !== "");
  };
  // A revision that starts with a dash is not an option.
  const [start] = (await git("rev-parse", "--verify", "--end-of-options", `${base}^{commit}`)).map((line) =>
    line.trim(),
  );
  const changed = await git("diff", "--name-only", "--no-renames", "-z", "--merge-base", start!);
  return [...changed, ...(await git("ls-files", "--others", "--exclude-standard", "-z"))].sort();
}

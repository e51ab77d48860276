/** Which files a project's folder contains, and what the files of its stacks are called. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** Whether a project has a file; its path is relative to the project. */
export function hasFile(projectDir: string, file: string): boolean {
  return existsSync(join(projectDir, file));
}

/** Names of the files in a folder of a project; none if there is no such folder. */
export function filesIn(projectDir: string, folder: string): string[] {
  const path = join(projectDir, folder);
  return existsSync(path) ? readdirSync(path) : [];
}

/** The names that a stack's file may have, without its folder. A new file gets the first. */
export function stackFileNames(stack: string): [string, string] {
  return [`Pulumi.${stack}.yaml`, `Pulumi.${stack}.yml`];
}

/** The stack whose file has a name; undefined where it is no stack's file. */
export function stackOfFile(name: string): string | undefined {
  return /^Pulumi\.([A-Za-z0-9_.-]+)\.ya?ml$/.exec(name)?.[1];
}

/** Names of the stacks that have a file in a folder of a project, sorted. */
export function stacksIn(projectDir: string, folder: string): string[] {
  const stacks = filesIn(projectDir, folder).flatMap((name) => stackOfFile(name) ?? []);
  // A stack may have both files.
  return [...new Set(stacks)].sort();
}

/** The paths that a stack's file may have, relative to the project. A new file gets the first. */
export function stackFiles(stack: string): [string, string] {
  const [name, other] = stackFileNames(stack);
  return [`stacks/${name}`, `stacks/${other}`];
}

/** Path of a new stack's file, relative to the project. */
export function stackFile(stack: string): string {
  return stackFiles(stack)[0];
}

/** Path of a stack's file, relative to the project: it may end with `.yml`. */
export function stackFileIn(projectDir: string, stack: string): string {
  const [file, other] = stackFiles(stack);
  return !hasFile(projectDir, file) && hasFile(projectDir, other) ? other : file;
}

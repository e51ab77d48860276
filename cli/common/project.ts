/** Finds the project that a command works on, and resolves the paths that a user gives. */
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

import { UserError } from "../../model/userError";

/** The project that a command works on: the nearest folder with a Pulumi.yaml, from the current one upwards. */
export function findProject(from = process.cwd()): string {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    if (existsSync(join(folder, "Pulumi.yaml"))) return folder;
    if (folder === dirname(folder)) throw new UserError(`there is no Pulumi.yaml in ${from} or above`);
  }
}

/** Resolves a path from the user's current folder: npm runs its scripts in the project's folder. */
export function userPath(path: string, command: string): string {
  const { npm_lifecycle_event: script, INIT_CWD: calledFrom } = process.env;
  return resolve(script === command && calledFrom !== undefined ? calledFrom : process.cwd(), path);
}

/** Returns an argument that the command needs, as no option such as --all replaces it. */
export function required(value: string | undefined, what: string): string {
  if (value === undefined) throw new UserError(`no ${what} given: name one, or use --all`);
  return value;
}

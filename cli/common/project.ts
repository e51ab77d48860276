/** What a command works on: the project, and its stack or all of them. */
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

/** The stack that a command works on; undefined with `--all`, which takes the place of its name. */
export function stackUnlessAll({ stack, all }: { stack?: string; all?: true }): string | undefined {
  if (all === true && stack !== undefined) throw new UserError(`give either --all or the stack "${stack}"`);
  if (all !== true && stack === undefined) throw new UserError("no stack given: name one, or use --all");
  return stack;
}

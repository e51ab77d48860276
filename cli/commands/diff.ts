/** `baas diff`: shows what changes, first for the network, then in its objects. Changes nothing. */
import { UserError } from "../../model/userError";
import { paintFor } from "../common/colors";
import { findProject, stackUnlessAll } from "../common/project";
import { diffMarkdown } from "../diff/diffMarkdown";
import { diffText } from "../diff/diffText";
import type { Diff } from "../diff/diffTypes";
import { diff } from "../diff/stackDiff";

interface Given {
  stack?: string;
  all?: true;
  base?: string;
  live?: true;
  context?: string;
  json?: true;
  markdown?: true;
  exitCode?: true;
}

export async function run(given: Given): Promise<number> {
  const stack = stackUnlessAll(given);
  refuseMix(given);
  const { base, live = false, context } = given;
  const found = await diff({
    projectDir: findProject(),
    ...(stack !== undefined && { stacks: [stack] }),
    ...{ base, live, context },
  });
  process.stdout.write(textOf(found, given));
  const { stacks } = found;
  if (stacks.some(({ status, errors }) => errors.length > 0 && status !== "incomparable")) return 1;
  return given.exitCode === true && stacks.some(({ status }) => status !== "unchanged") ? 2 : 0;
}

function refuseMix({ all, base, live, context, json, markdown }: Given): void {
  if (live === true && base !== undefined) throw new UserError("give either --base or --live");
  if (context !== undefined && live !== true) throw new UserError("--context needs --live");
  if (all === true && live === true) throw new UserError("--live compares one stack only");
  if (json === true && markdown === true) throw new UserError("give either --json or --markdown");
}

function textOf(found: Diff, { json, markdown }: Given): string {
  if (json === true) return `${JSON.stringify(found, undefined, 2)}\n`;
  return markdown === true ? diffMarkdown(found) : diffText(found, paintFor(process.stdout));
}

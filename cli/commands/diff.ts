/** `npm run diff -- STACK`: what changes, first for the network, then in its objects. Touches nothing. */
import { UserError } from "../../model/userError";
import { paintFor } from "../common/colors";
import { findProject, parseArguments, parseFlags, runCommand } from "../common/commandLine";
import { diffMarkdown } from "../diff/diffMarkdown";
import { diffText } from "../diff/diffText";
import type { Diff } from "../diff/diffTypes";
import { diff } from "../diff/stackDiff";

const usage = `usage: npm run diff -- STACK [--base REVISION | --live [--context NAME]] [--json | --markdown] [--exit-code]
       npm run diff -- --all [--base REVISION] ...

Shows what changes: first for the network, with what follows from it, then its objects field by field. Touches nothing.
It compares with what was last applied or rendered from here; or

  --base REVISION   with the files of a Git revision, such as origin/main: of the commit where this branch left it
  --live            with the cluster, by a server-side dry run
  --context NAME    the cluster; by default the one that the stack's environment names
  --all             all stacks, those that are gone among them; shows those that change
  --markdown        a comment for a pull request, of 60,000 characters at most
  --json            {comparedWith, stacks}; every stack has all keys:
                      stack, comparedWith, status  unchanged, changed, created, deleted, failed (an apply would be
                                                   refused) or incomparable (what to compare with cannot be had)
                      errors, notes  texts
                      network        {action: add|change|remove, subject, text, consequences, loud}
                      restarts       {reason, workloads}
                      warnings       {object, message}: what must not be overlooked
                      images         {before, after, usedBy}
                      objects        {action: create|update|replace|delete, kind, namespace, name, retained,
                                      fields: {path, before, after} or {path, lines}}
                      counts         {create, update, replace, delete}
  --exit-code       2 when anything changes

Exit code 1 when an apply would be refused, 0 otherwise.
`;

const flags = ["all", "live", "json", "markdown", "exit-code"];
const options = ["base", "context"];

runCommand(async (args) => {
  const all = args.includes("--all");
  const given = all
    ? { stack: undefined, ...parseFlags(args, { usage, flags, options }) }
    : parseArguments(args, { usage, flags, options });
  const { stack } = given;
  const { base, context } = given.options;
  const live = given.flags.live === true;
  if (live && base !== undefined) throw new UserError(`either --base or --live\n\n${usage}`);
  if (context !== undefined && !live) throw new UserError(`--context is for --live\n\n${usage}`);
  if (all && live) throw new UserError(`--live is about one stack\n\n${usage}`);
  if (given.flags.json === true && given.flags.markdown === true)
    throw new UserError(`either --json or --markdown\n\n${usage}`);
  const found = await diff({
    projectDir: findProject(),
    ...(stack !== undefined && { stacks: [stack] }),
    ...{ base, live, context },
  });
  process.stdout.write(textOf(found, given.flags));
  const { stacks } = found;
  if (stacks.some(({ status, errors }) => errors.length > 0 && status !== "incomparable")) return 1;
  return given.flags["exit-code"] === true && stacks.some(({ status }) => status !== "unchanged") ? 2 : 0;
});

function textOf(found: Diff, { json, markdown }: Record<string, boolean>): string {
  if (json === true) return `${JSON.stringify(found, undefined, 2)}\n`;
  return markdown === true ? diffMarkdown(found) : diffText(found, paintFor(process.stdout));
}

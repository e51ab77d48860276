/** `npm run preview -- STACK [--diff] [--json]`: what applying a stack would change. Touches nothing. */
import { findProject, parseArguments, runCommand } from "../offline/command";
import { diagnosticsText, previewText } from "../offline/plan/display";
import { failureDigest, previewDigest } from "../offline/plan/json";
import { hasErrors, preview, type Preview } from "../offline/plan/preview";
import { paintFor } from "../offline/plan/terminal";

const usage = `usage: npm run preview -- STACK [--diff] [--json]

Shows what applying a stack would change. Needs neither a cluster nor the Pulumi CLI.

  --diff   every changed field
  --json   the document that "pulumi preview --json" prints, and "policyViolations"
`;

async function main(args: string[]): Promise<number> {
  const { stack, flags } = parseArguments(args, { usage, flags: ["diff", "json"] });
  const started = process.hrtime.bigint();
  const found = await preview(findProject(), stack);
  if (flags.json === true) printJson(found, Number(process.hrtime.bigint() - started));
  else print(stack, found, flags.diff === true);
  return hasErrors(found) ? 1 : 0;
}

function printJson({ plan, diagnostics }: Preview, duration: number): void {
  const digest = plan === undefined ? failureDigest(diagnostics, duration) : previewDigest(plan, diagnostics, duration);
  process.stdout.write(`${JSON.stringify(digest, undefined, 4)}\n`);
}

function print(stack: string, found: Preview, withDiff: boolean): void {
  const paint = paintFor(process.stdout);
  const { project, plan, diagnostics } = found;
  const text =
    plan === undefined
      ? diagnosticsText(diagnostics, { project, stack }, paint)
      : previewText(plan, diagnostics, { project, stack, withDiff }, paint);
  process.stdout.write(`${paint("bold", `Previewing ${stack} (offline):`)}\n\n${text}`);
  if (plan === undefined || hasErrors(found)) return;
  const changes = Object.entries(plan.counts).some(([op]) => op !== "same" && op !== "read");
  process.stdout.write(changes ? `Next: npm run apply -- ${stack}\n` : "Nothing would change.\n");
}

runCommand(main);

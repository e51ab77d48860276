/** `baas check`: checks a pull request. Needs no cluster and no login. */
import { appendFileSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";

import { loadStack } from "../../model/project/stacks";
import { UserError } from "../../model/userError";
import { paintFor } from "../common/colors";
import { findProject } from "../common/project";
import { readGraph } from "../graph/readGraph";
import { checkPullRequest, type CheckResult } from "../review/review";
import type { StepOutcome } from "../review/steps";

export async function run(options: { base?: string; out?: string }, signal: AbortSignal): Promise<number> {
  const projectDir = findProject();
  const folder =
    options.out === undefined ? join(projectDir, ".baas", "check") : resolve(callersFolder(process.env), options.out);
  const checked = await checkPullRequest({
    projectDir,
    base: options.base,
    folder,
    artifacts: runOnGitHub(process.env),
    graphOf: async (stack) =>
      loadStack(projectDir, stack).kind === "platform" ? undefined : readGraph(projectDir, stack),
    done: (outcome) => process.stdout.write(`${line(outcome)}\n`),
    signal,
  });
  if (signal.aborted) throw new UserError("interrupted");
  process.stdout.write(summary(checked));
  // GitHub shows it on the page of the run.
  const { GITHUB_STEP_SUMMARY: page } = process.env;
  if (page !== undefined && page !== "") appendFileSync(page, readFileSync(checked.comment, "utf8"));
  return checked.ok ? 0 : 1;
}

/** The folder from which the command was called: npm runs its script `check` in the project's folder. */
function callersFolder({ npm_lifecycle_event: script, INIT_CWD: calledFrom }: NodeJS.ProcessEnv): string {
  return script === "check" && calledFrom !== undefined ? calledFrom : process.cwd();
}

/** URL of the artifacts of a run of GitHub Actions. */
function runOnGitHub({ GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_RUN_ID }: NodeJS.ProcessEnv): string | undefined {
  if (GITHUB_SERVER_URL === undefined || GITHUB_REPOSITORY === undefined || GITHUB_RUN_ID === undefined)
    return undefined;
  return `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/actions/runs/${GITHUB_RUN_ID}#artifacts`;
}

function line({ name, ok, seconds }: StepOutcome): string {
  const paint = paintFor(process.stdout);
  return `${ok ? paint("green", "ok    ") : paint("red", "failed")}  ${name} (${seconds} s)`;
}

function summary({ outcomes, ok, comment, pictures }: CheckResult): string {
  const failed = outcomes.filter((outcome) => !outcome.ok);
  const shown = (file: string): string => relative(process.cwd(), file);
  return [
    ...failed.map(({ command, output }) => `\n${command.join(" ")}:\n${output.split("\n").slice(-40).join("\n")}\n`),
    ok ? "passed" : `failed: ${failed.map(({ name }) => name).join(", ")}`,
    "not run here: tests that need a Kubernetes (npm test)",
    `the comment is in ${shown(comment)}${pictures.length === 0 ? "" : `, pictures in ${pictures.map(shown).join(", ")}`}`,
    "",
  ].join("\n");
}

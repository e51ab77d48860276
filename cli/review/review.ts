/** The check of a pull request, the same on every machine: no cluster, no login. */
import { join } from "node:path";

import { UserError } from "../../model/userError";
import { writeAtomically } from "../common/atomicFiles";
import { fenced } from "../common/markdown";
import { mermaid } from "../graph/mermaid";
import type { NetworkGraph } from "../graph/networkGraph";
import { svg } from "../graph/svg";
import { changedStacks } from "./changedStacks";
import { commentText, type Section } from "./comment";
import { changesOf } from "./stackChanges";
import { type CheckStep, runStep, type StepOutcome } from "./steps";

/** How to check. */
export interface CheckOptions {
  projectDir: string;
  /** Revision to merge into. Without one, all stacks are checked. */
  base?: string;
  /** Folder of the comment and the pictures. */
  folder: string;
  /** URL at which readers find that folder, if it is published. */
  artifacts?: string;
  /** Draws a network; undefined for a stack that is none. */
  graphOf: (stack: string) => Promise<NetworkGraph | undefined>;
  /** Called after every step. */
  done: (outcome: StepOutcome) => void;
  signal?: AbortSignal;
}

/** The result of a check. */
export interface CheckResult {
  ok: boolean;
  outcomes: StepOutcome[];
  /** Path of the comment's Markdown. */
  comment: string;
  pictures: string[];
}

/** Steps that need only files. The tests of `cluster` need a Kubernetes and are not among them. */
const style: CheckStep[] = [
  { name: "lint", command: [".ci/style"] },
  { name: "type check", command: [".ci/types"] },
];
const tests: CheckStep = {
  name: "unit tests",
  command: ["npm", "test", "--silent", "--", "--project", "unit", "--project", "chaincode"],
};

/**
 * Checks a change: style, types, unit tests, the changes of the networks, and a preview with policies of every changed stack.
 * Writes the comment and the pictures of the networks.
 *
 * @throws {@link UserError} when Git does not know the base
 */
export async function checkPullRequest(options: CheckOptions): Promise<CheckResult> {
  const { projectDir, base, folder, done, signal } = options;
  const { stacks, gone } = await changedStacks(projectDir, base);
  const run = async (step: CheckStep): Promise<StepOutcome> => {
    const outcome = await runStep(projectDir, step, signal);
    done(outcome);
    return outcome;
  };
  // Tests mostly wait, so the other steps run in parallel.
  const beside = async () => {
    const outcomes: StepOutcome[] = [];
    for (const step of style) outcomes.push(await run(step));
    const changes = await changesOf(projectDir, stacks, base, done, signal);
    return { outcomes, changes, pictures: await draw(options, stacks) };
  };
  const [{ outcomes: first, changes, pictures }, tested] = await Promise.all([beside(), run(tests)]);
  const outcomes = [...first, tested, ...changes.outcomes];
  const comment = join(folder, "comment.md");
  const notes = notesOf(options, stacks, gone);
  const isOpen = ({ open }: Section): boolean => open === true;
  const sections = [
    ...changes.previews.filter(isOpen),
    ...pictures.sections,
    ...changes.previews.filter((preview) => !isOpen(preview)),
  ];
  for (const { name, output } of outcomes)
    writeAtomically(join(folder, `${name.replaceAll(" ", "-")}.log`), `${output}\n`);
  writeAtomically(comment, commentText({ outcomes, notes, difference: changes.difference, sections }));
  return { ok: outcomes.every(({ ok }) => ok), outcomes, comment, pictures: pictures.files };
}

async function draw(
  { folder, graphOf, signal }: CheckOptions,
  stacks: readonly string[],
): Promise<{ files: string[]; sections: Section[] }> {
  const files: string[] = [];
  const sections: Section[] = [];
  for (const stack of stacks) {
    if (signal?.aborted === true) break;
    const title = `Picture of ${stack}`;
    try {
      const graph = await graphOf(stack);
      if (graph === undefined) continue;
      const file = join(folder, `${stack}.svg`);
      writeAtomically(file, svg(graph));
      files.push(file);
      sections.push({ title, body: fenced(mermaid(graph), "mermaid") });
    } catch (error) {
      // The preview of this stack reports the same error.
      if (!(error instanceof UserError)) throw error;
      sections.push({ title, body: fenced(error.message) });
    }
  }
  return { files, sections };
}

function notesOf({ base, artifacts }: CheckOptions, stacks: readonly string[], gone: readonly string[]): string[] {
  const changed = base === undefined ? "All stacks" : "Stacks that may change";
  return [
    `${changed}: ${stacks.length === 0 ? "none" : stacks.join(", ")}.`,
    ...(gone.length === 0
      ? []
      : [`Without a file from now on: ${gone.join(", ")}. Nothing deletes them by itself: \`pulumi destroy\` does.`]),
    "Not run here: the tests that need a Kubernetes. `npm test` runs them.",
    ...(artifacts === undefined ? [] : [`Pictures as SVG: [files of this run](${artifacts}).`]),
  ];
}

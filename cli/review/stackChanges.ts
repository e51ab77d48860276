/** The changes of stacks, for the comment on a pull request. */
import { fenced } from "../common/markdown";
import { titles } from "../engine/policyPack/violationsText";
import type { Section } from "./comment";
import { type CheckStep, runStep, type StepOutcome } from "./steps";

/** The result for the changed stacks. */
export interface StackChanges {
  /** One for the difference and one for each stack; one that is not ok means that an apply would be refused. */
  outcomes: StepOutcome[];
  /** The difference, which readers see first. */
  difference?: Section;
  previews: Section[];
}

/**
 * Compares the networks, and previews the stacks with their policies, one after the other.
 *
 * @param base - revision to merge into; without one there is nothing to compare with
 */
export async function changesOf(
  projectDir: string,
  stacks: readonly string[],
  base: string | undefined,
  done: (outcome: StepOutcome) => void,
  signal?: AbortSignal,
): Promise<StackChanges> {
  const changes: StackChanges = { outcomes: [], previews: [] };
  const run = async (step: CheckStep): Promise<StepOutcome> => {
    const outcome = await runStep(projectDir, step, signal);
    done(outcome);
    changes.outcomes.push(outcome);
    return outcome;
  };
  if (base !== undefined) {
    const command = ["./baas", "diff", "--all", "--base", base, "--markdown"];
    const { ok, output } = await run({ name: "diff", command });
    changes.difference = { title: "What changes", body: ok ? output : fenced(output), open: true };
  }
  for (const stack of stacks) {
    const command = ["./baas", "preview", stack, ...(base === undefined ? [] : ["--base", base])];
    const { ok, output } = await run({ name: `preview of ${stack}`, command });
    changes.previews.push({
      title: `Preview of ${stack}`,
      body: fenced(output),
      open: !ok || Object.values(titles).some((title) => `\n${output}`.includes(`\n${title}`)),
    });
  }
  return changes;
}

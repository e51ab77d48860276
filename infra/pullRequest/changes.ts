/** What a change does to stacks, for the comment on a pull request. */
import type { Section } from "./comment";
import { fenced } from "./comment";
import { runStep, type Outcome } from "./steps";

/** What was found about the changed stacks. */
export interface Changes {
  /** One for each stack; one that is not ok means that an apply would be refused. */
  outcomes: Outcome[];
  sections: Section[];
}

/** Previews stacks, one after the other, with the policies that hold for them. */
export async function changesOf(
  projectDir: string,
  stacks: readonly string[],
  done: (outcome: Outcome) => void,
  signal?: AbortSignal,
): Promise<Changes> {
  const changes: Changes = { outcomes: [], sections: [] };
  for (const stack of stacks) {
    const command = ["npm", "run", "-s", "preview", "--", stack];
    const outcome = await runStep(projectDir, { name: `preview of ${stack}`, command }, signal);
    done(outcome);
    changes.outcomes.push(outcome);
    changes.sections.push({ title: `Preview of ${stack}`, body: fenced(outcome.output), open: !outcome.ok });
  }
  return changes;
}

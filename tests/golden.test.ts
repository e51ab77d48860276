import { afterAll, beforeAll, expect, it } from "vitest";

import { check } from "../cli/engine/strictCheck";
import { goldenText } from "./goldenText";
import { runProgram } from "../cli/engine/programs";
import { ProjectCopy, testStacks } from "./projectCopy";

let project: ProjectCopy;
beforeAll(() => {
  project = new ProjectCopy();
});
afterAll(() => project.remove());

// `npx vitest run tests/golden.test.ts -u` writes them anew; their difference shows what a change of the program does.
it.each(testStacks)("the registrations of %s are those in tests/golden", async (stack) => {
  const result = await runProgram({ projectDir: project.dir, stack, dryRun: true });
  check(result);
  await expect(goldenText(result)).toMatchFileSnapshot(`golden/${stack}.yaml`);
});

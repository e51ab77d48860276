import { afterAll, beforeAll, expect, it } from "vitest";

import { strictCheck } from "../cli/engine/kubernetes/strictCheck";
import { runProgram } from "../cli/engine/program/programs";
import { goldenText } from "../cli/engine/testing/goldenText";
import { ProjectCopy, testStacks } from "./projectCopy";

let project: ProjectCopy;
beforeAll(() => {
  project = new ProjectCopy();
});
afterAll(() => project.remove());

// `node cli/launch/tool.cjs vitest run tests/golden.test.ts -u` updates them; their difference shows the effect of a change of the program.
it.each(testStacks)("the registrations of %s are those in tests/golden", async (stack) => {
  const result = await runProgram({ projectDir: project.dir, stack, dryRun: true });
  strictCheck(result);
  await expect(goldenText(result)).toMatchFileSnapshot(`golden/${stack}.yaml`);
});

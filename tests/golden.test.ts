import { join } from "node:path";

import { expect, it } from "vitest";

import { check } from "../infra/offline/check";
import { goldenText } from "../infra/offline/golden";
import { runProgram } from "../infra/offline/program";
import { stackNames } from "../infra/stackFile/stacks";

const projectDir = join(__dirname, "..");

// `npm test -- -u` writes them anew; their difference shows what a pull request does to every stack.
it.each(stackNames(projectDir))("the registrations of %s are those in tests/golden", async (stack) => {
  const result = await runProgram({ projectDir, stack, dryRun: true });
  check(result);
  await expect(goldenText(result)).toMatchFileSnapshot(`golden/${stack}.yaml`);
});

import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { TestProject } from "../../model/testing";
import * as engine from "../engine/apply/destroy";
import { run } from "./destroy";

let project: TestProject;
let deleted: string[];
beforeEach(() => {
  project = new TestProject();
  project.environment("local", { purpose: "testing" });
  project.environment("bank", { purpose: "production" });
  project.network("try");
  project.network("trade", { environment: "bank" });
  deleted = [];
  vi.spyOn(process, "cwd").mockReturnValue(project.dir);
  vi.spyOn(console, "log").mockReturnValue();
  vi.spyOn(engine, "destroy").mockImplementation(async ({ stack, context = "test" }) => {
    deleted.push(stack);
    return { stack, context, deleted: 1, kept: [], seconds: 1 };
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  project.remove();
});

const destroy = (stack: string, more: object = {}) =>
  run({ stack, timeout: "1m", yes: true, ...more }, new AbortController().signal);

it.each(["trade", "gone"])(
  "a purge of %s, which is not known to be for testing, needs its name again",
  async (stack) => {
    for (const confirm of [undefined, "try", ""]) {
      await expect(destroy(stack, { purge: true, ...(confirm !== undefined && { confirm }) })).rejects.toThrow(
        `--purge deletes ledgers, keys and certificates for ever, and stack "${stack}" is not known to be for testing\n` +
          `  -> Nothing was deleted. If that is what you want, add: --confirm ${stack}`,
      );
    }
    expect(deleted).toEqual([]);
    await destroy(stack, { purge: true, confirm: stack });
    expect(deleted).toEqual([stack]);
  },
);

it("a purge for testing needs no more than --yes, and a destroy that keeps the data nothing", async () => {
  await destroy("try", { purge: true });
  await destroy("trade");
  expect(deleted).toEqual(["try", "trade"]);
});

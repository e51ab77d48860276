import { afterAll, beforeAll, expect, it } from "vitest";

import { preview } from "../cli/engine/preview/preview";
import { createNetwork } from "../cli/stacks/newNetwork";
import { ProjectCopy } from "./projectCopy";

let project: ProjectCopy;
beforeAll(() => {
  project = new ProjectCopy();
});
afterAll(() => project.remove());

it("a new network of this project previews without errors and warnings", async () => {
  const { name } = createNetwork(project.dir, { name: "newcomer", environment: "local" });
  const { changes, diagnostics } = await preview(project.dir, name);
  expect(diagnostics).toEqual([]);
  expect(changes?.counts).toEqual({ create: expect.any(Number), read: 1 });
});

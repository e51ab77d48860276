import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { checkStack } from "../project/stacks";
import { answersTo, linesOf, TestProject } from "../testing";

let project: TestProject;
beforeEach(() => {
  project = new TestProject();
});
afterEach(() => project.remove());

const annotated = (domain: string, bytes: number): object => ({
  annotations: { [`${domain}.example.com/text`]: "x".repeat(bytes) },
});

describe("the pods of a role", () => {
  it("carry what environment and stack write together, up to a limit", () => {
    project.environment("local", { pods: { all: annotated("shared", 20_000) } });
    expect(answersTo(project.dir, { pods: { peer: annotated("own", 12_000) } })).toEqual([]);
    expect(answersTo(project.dir, { pods: { peer: annotated("own", 13_000) } })).toEqual([
      "pods: the settings of peer pods have 33 KiB, together with pods in stacks/environments/local.yaml; at most 32 KiB are " +
        "allowed, as every pod carries them: write fewer or shorter ones",
    ]);
  });

  it("are those of the platform, too", () => {
    project.environment("local", { pods: { controller: annotated("shared", 20_000) } });
    const check = (bytes: number): string[] => {
      const platform = { environment: "local", pods: { controller: annotated("own", bytes) } };
      return linesOf(() => checkStack(project.dir, { project: "baas", stack: "platform-local", platform }));
    };
    expect(check(12_000)).toEqual([]);
    expect(check(13_000)).toEqual([
      "stacks/Pulumi.platform-local.yaml baas:platform.pods: the settings of controller pods have 33 KiB, together with pods in " +
        "stacks/environments/local.yaml; at most 32 KiB are allowed, as every pod carries them: write fewer or shorter ones",
    ]);
  });
});

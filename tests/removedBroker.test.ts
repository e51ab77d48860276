import { afterAll, beforeAll, expect, it } from "vitest";

import type { ProgramResult } from "../cli/engine/declared/registration";
import { preview } from "../cli/engine/preview/preview";
import { runProgram } from "../cli/engine/program/programs";
import { writeRecord } from "../cli/engine/record/writeRecord";
import { parseUrn } from "../model/pulumi/urn";
import { ProjectCopy } from "./projectCopy";

const stack = "platform-local";
let project: ProjectCopy;
/** As it was applied, with five brokers. */
let before: ProgramResult;

const declare = (brokers: number): void =>
  project.write(
    `stacks/Pulumi.${stack}.yaml`,
    `config:\n  baas:platform:\n    environment: local\n    kafka: { brokers: ${brokers} }\n`,
  );

beforeAll(async () => {
  project = new ProjectCopy();
  declare(5);
  before = await runProgram({ projectDir: project.dir, stack, dryRun: true });
  writeRecord(before);
});
afterAll(() => project.remove());

// The Pulumi CLI deletes what a program has no more when all that it has is done, so when the Rollout is ready. Where that has failed, it
// deletes nothing; with --continue-on-error, nothing that the failed one has depended on.
it("a broker that the stack file has no more goes after the Rollout, which empties it first", async () => {
  declare(4);
  const { steps } = (await preview(project.dir, stack)).changes!;
  const custom = steps.filter(({ after, before }) => (after ?? before)!.custom);
  const [rolled, gone] = [custom.filter(({ op }) => op === "update"), custom.filter(({ op }) => op === "delete")];
  expect(custom.filter(({ op }) => op === "create" || op === "replace")).toEqual([]);
  const isRollout = ({ urn }: { urn: string }) => parseUrn(urn).type.endsWith(":Rollout");
  const rollout = rolled.find(isRollout)!;
  expect((rollout.wanted as any).metadata.annotations).toMatchObject({ "pulumi.com/waitFor": "condition=Ready" });
  expect((rollout.wanted as any).spec.nodes.map(({ name }: any) => name)).not.toContain("kafka4");

  expect(gone.map(({ urn }) => `${parseUrn(urn).type.split(":").pop()} ${parseUrn(urn).name}`).sort()).toEqual([
    ...["ConfigMap kafka4", "Identity kafka4-kafka", "NetworkPolicy kafka4", "Service kafka4"],
    ...["Service kafka4-headless", "ServiceAccount kafka4", "StatefulSet kafka4"],
  ]);
  const { dependsOn } = before.registrations.find(isRollout)!.options;
  for (const step of gone) {
    expect(steps.indexOf(step)).toBeGreaterThan(steps.indexOf(rollout));
    expect(dependsOn).toContain(step.urn);
  }
});

/** What the upgrade of a network to this release restarts. */
import { afterAll, beforeAll, expect, it } from "vitest";

import type { ProgramResult } from "../../cli/engine/declared/registration";
import { runProgram } from "../../cli/engine/program/programs";
import { restartingPart } from "../../model/contracts/podTemplate";
import { ProjectCopy } from "../projectCopy";
import { previousProgram, previousStackNames } from "./previousRelease";

/** Nodes that this release restarts, with the reason, for the changelog. */
const everyNode = [
  ...["ca-orderer", "ca-org1", "ca-org2", "orderer0-orderer", "orderer1-orderer", "orderer2-orderer"],
  ...["peer0-org1", "peer1-org1", "peer0-org2", "peer1-org2"],
];
const restarts: Record<string, string> = Object.fromEntries(
  everyNode.map((name) => [name, "it trusts the platform's CA for readers of metrics"]),
);

let project: ProjectCopy;
beforeAll(() => {
  project = new ProjectCopy();
});
afterAll(() => project.remove());

const templatesOf = ({ registrations }: ProgramResult): Record<string, object> =>
  Object.fromEntries(
    registrations
      .filter(({ type }) => type.endsWith(":StatefulSet"))
      .map(({ inputs }: { inputs: any }) => [inputs.metadata.name, inputs.spec.template]),
  );

it.each(previousStackNames)(
  "the nodes of %s restart at an upgrade from the previous release only as intended",
  async (stack) => {
    const now = templatesOf(await runProgram({ projectDir: project.dir, stack, dryRun: true }));
    const before = templatesOf(previousProgram(stack));
    const nodes = Object.keys(before);
    expect(Object.keys(now)).toEqual(expect.arrayContaining(nodes));
    const changed = nodes.filter((name) => restartingPart(now[name]) !== restartingPart(before[name]));
    expect(changed).toEqual(nodes.filter((name) => restarts[name] !== undefined));
  },
);

/** What the upgrade of a network to this release restarts. At a release, previousRelease.yaml becomes what that release declares. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { load } from "js-yaml";
import { afterAll, beforeAll, expect, it } from "vitest";

import { runProgram } from "../../cli/engine/program/programs";
import { goldenText } from "../../cli/engine/testing/goldenText";
import { restartingPart } from "../../model/contracts/podTemplate";
import { ProjectCopy } from "../projectCopy";

type Templates = Record<string, unknown>;

const previous = load(readFileSync(join(__dirname, "previousRelease.yaml"), "utf8")) as Record<string, Templates>;
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

it.each(Object.keys(previous))(
  "the nodes of %s restart at an upgrade from the previous release only as intended",
  async (stack) => {
    const result = await runProgram({ projectDir: project.dir, stack, dryRun: true });
    const golden = load(goldenText(result)) as Record<string, { inputs: any }>;
    const now = Object.fromEntries(
      Object.entries(golden)
        .filter(([urn]) => urn.includes(":StatefulSet::"))
        .map(([, { inputs }]) => [inputs.metadata.name, inputs.spec.template]),
    );
    expect(Object.keys(now).sort()).toEqual(Object.keys(previous[stack]!).sort());
    const changed = Object.keys(now).filter(
      (name) => restartingPart(now[name]) !== restartingPart(previous[stack]![name]),
    );
    expect(changed).toEqual(Object.keys(now).filter((name) => restarts[name] !== undefined));
  },
);

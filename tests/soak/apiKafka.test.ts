/**
 * The API server of the network `seed`, whose orderers are on Kafka, with real Fabric: parts of both fail during calls that write, and
 * what callers were told is compared with the ledger; see fabricCluster.ts. It prints figures for people to judge.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, describe, expect } from "vitest";

import { seed } from "../cluster/api/apiNetwork";
import { FailingNetwork } from "../cluster/api/failingNetwork";
import { FabricCluster } from "../cluster/fabricCluster";

const minutes = 60_000;
/** Calls of each failure. */
const calls = 1000;
const platformFile = "stacks/Pulumi.platform-local.yaml";
const stackFile = `stacks/Pulumi.${seed.name}.yaml`;

const fabric = new FabricCluster("test-api-kafka");
const test = fabric.test.bind(fabric);
const network = new FailingNetwork(fabric, seed);
afterAll(() => network.close());

const killOfKafka = (pod: string) =>
  fabric.kubectl("-n", "baas-platform", "delete", "pod", pod, "--force", "--grace-period=0");

const failures: [what: string, fail: () => Promise<unknown>][] = [
  ["a broker is killed", () => killOfKafka("kafka0-0")],
  ["an orderer is killed", () => network.kill("orderer0-orderer-0")],
  ["the API server is killed", () => network.kill("api-0")],
];

describe("the API server of a network on Kafka while parts fail", () => {
  test(
    "comes up",
    async () => {
      fabric.project.write(stackFile, readFileSync(join(__dirname, "../..", stackFile), "utf8"));
      fabric.project.edit(platformFile, "environment: local", "environment: local\n    kafka: {}");
      expect(await fabric.apply("platform-local", 10 * minutes)).toMatchObject({ end: "ready", notReady: [] });
      await network.start(10 * minutes);
    },
    25 * minutes,
  );

  for (const [what, fail] of failures) {
    test(`knows the outcome of each call within a minute when ${what}`, () => network.during(what, calls, fail));
  }

  test("has lost nothing that was acknowledged, and applied nothing twice", () =>
    network.check(calls * failures.length));
});

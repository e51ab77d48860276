/**
 * The monitoring of a platform with Kafka, on real Fabric: nobody is told of anything while all servers of Kafka roll, under a load of
 * transactions of a network that orders by it; see fabricCluster.ts. It prints durations for people to judge.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { describe, expect } from "vitest";

import { FabricCluster } from "../cluster/fabricCluster";
import { failures, NetworkUnderLoad } from "../cluster/load/networkUnderLoad";
import { inShort, platform, WatchedFabric } from "../cluster/monitoring/watchedFabric";

const minutes = 60_000;
const seedFile = "stacks/Pulumi.seed.yaml";
const fabric = new FabricCluster("test-watch-kafka");
const test = fabric.test.bind(fabric);
const watched = new WatchedFabric(fabric);
const seed = new NetworkUnderLoad(fabric, "seed", 2, { retry: true });

/** When the pods of Kafka's and ZooKeeper's servers were made, by their names. */
async function starts(): Promise<Map<string, number>> {
  const which = ["--selector", "app.kubernetes.io/component in (kafka,zookeeper)"];
  const pods = await fabric.list("pods", "-n", platform, ...which);
  return new Map(pods.map(({ metadata }) => [metadata.name, Date.parse(metadata.creationTimestamp)]));
}

describe("monitoring of Kafka, and of a network of real Fabric on it", () => {
  test(
    "reads every node",
    async () => {
      fabric.project.write(seedFile, readFileSync(join(__dirname, "../..", seedFile), "utf8"));
      const platformFile = "stacks/Pulumi.platform-local.yaml";
      fabric.project.edit(platformFile, "environment: local", "environment: local\n    kafka: {}");
      await watched.install(["seed"]);
      await seed.start("asset-transfer-1-0-smoke-test");
      const brokers = await watched.prometheus.query('baas_kafka_brokers{state="there"}');
      console.log(`brokers as the controller sees them: ${JSON.stringify(brokers.map(({ value }) => value[1]))}`);
    },
    20 * minutes,
  );

  test(
    "is quiet while all its servers roll",
    async () => {
      const before = await starts();
      const began = Date.now();
      const submissions = await seed.whileLoaded("Kafka rolled", async () => {
        const sizes = "components/kubernetes/sizes.ts";
        fabric.project.edit(sizes, 'kafka: resources("50m"', 'kafka: resources("55m"');
        fabric.project.edit(sizes, 'zookeeper: resources("20m"', 'zookeeper: resources("25m"');
        expect(await fabric.apply("platform-local", 15 * minutes)).toMatchObject({ end: "ready" });
        console.log(`rolled within ${((Date.now() - began) / 1000).toFixed(0)} s`);
        await sleep(2 * minutes);
      });
      const after = await starts();
      for (const [name, start] of before) expect(after.get(name), name).toBeGreaterThan(start);
      console.log(`${failures(submissions).length} of ${submissions.length} failed`);
      expect((await watched.toldSince(began)).map(inShort)).toEqual([]);
      await seed.sameLedgers();
    },
    30 * minutes,
  );
});

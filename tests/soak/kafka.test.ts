/**
 * The stacks `seed` and `second` on one Kafka, with real Fabric and three nodes of Kubernetes: they come up, have nothing of each other's,
 * lose no acknowledged transaction when servers of Kafka, an orderer and a whole node are lost, and grow. See fabricCluster.ts. It prints
 * durations for people to judge.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { describe, expect, vi } from "vitest";

import { describeInstance, firstNodes } from "../../local-cluster/instance";
import { restartNode, stopNode } from "../../local-cluster/localCluster";
import { FabricCluster } from "../cluster/fabricCluster";
import { failures, NetworkUnderLoad } from "../cluster/load/networkUnderLoad";
import { isReady } from "../cluster/load/triedCluster";

const minutes = 60_000;
const platformFile = "stacks/Pulumi.platform-local.yaml";
const instance = "test-seed";
const fabric = new FabricCluster(instance, 3);
const test = fabric.test.bind(fabric);
const seed = new NetworkUnderLoad(fabric, "seed", 10, { retry: true });
/** The first runs the control plane and the load. */
const [first, ...others] = firstNodes(describeInstance(instance), 3).map(({ nodeName }) => nodeName);

/** Applies a stack and returns how long that took, in seconds. */
async function applied(stack: string): Promise<number> {
  const began = Date.now();
  expect(await fabric.apply(stack, 10 * minutes)).toMatchObject({ end: "ready", notReady: [] });
  const seconds = (Date.now() - began) / 1000;
  console.log(`${stack}: ready ${seconds.toFixed(1)} s after apply began`);
  return seconds;
}

/** Has a server of Kafka, or another pod, killed at once, and waits until all is well again. */
async function killed(namespace: string, pod: string): Promise<void> {
  await fabric.kubectl("-n", namespace, "delete", "pod", pod, "--force", "--grace-period=0");
  await seed.untilHealed();
}

/** Names of the pods on a node that keep data. */
async function serversOn(node: string): Promise<string[]> {
  const selector = "app.kubernetes.io/component in (kafka,zookeeper,orderer,peer,certificate-authority)";
  const where = ["-l", selector, "--field-selector", `spec.nodeName=${node}`];
  const pods = [
    ...(await fabric.list("pods", "-n", "baas-platform", ...where)),
    ...(await fabric.list("pods", "-n", "seed", ...where)),
  ];
  return pods.map(({ metadata }) => metadata.name);
}

/** Has chaincode servers run elsewhere: where the CA of their organization is lost with them, they cannot enrol anew. */
async function moveChaincodeOff(node: string): Promise<void> {
  const chaincode = ["pods", "-n", "seed", "-l", "app.kubernetes.io/component=chaincode"];
  await fabric.kubectl("cordon", node);
  await fabric.kubectl("delete", ...chaincode, "--field-selector", `spec.nodeName=${node}`);
  await vi.waitFor(
    async () => {
      const pods = await fabric.list(...chaincode);
      expect(pods.length).toBeGreaterThanOrEqual(2);
      for (const pod of pods)
        expect([pod.metadata.name, isReady(pod), pod.spec.nodeName === node]).toEqual([pod.metadata.name, true, false]);
    },
    { timeout: 3 * minutes, interval: 500 },
  );
  await fabric.kubectl("uncordon", node);
}

describe("two networks on one Kafka", () => {
  test(
    "come up: Kafka, then the networks, whose smoke tests commit",
    async () => {
      for (const file of ["seed", "second"].map((name) => `stacks/Pulumi.${name}.yaml`)) {
        fabric.project.write(file, readFileSync(join(__dirname, "../..", file), "utf8"));
      }
      fabric.project.edit(platformFile, "environment: local", "environment: local\n    kafka: {}");
      await applied("platform-local");
      const servers = await fabric.list("pods", "-n", "baas-platform");
      const isServer = ({ metadata }: any) => /^(kafka|zookeeper)\d/.test(metadata.name);
      expect(servers.filter(isServer)).toHaveLength(7);
      await vi.waitFor(
        async () => {
          const pods = (await fabric.list("pods", "-n", "baas-platform")).filter(isServer);
          expect(pods.every(({ status }) => status.containerStatuses?.every((each: any) => each.ready))).toBe(true);
        },
        { timeout: 5 * minutes, interval: 500 },
      );
      await applied("seed");
      expect(await fabric.untilReason("seed", "kafkatenant", "kafka", "Granted")).toBe(
        "seed-system, seeds: only user seed reads and writes them",
      );
      await applied("second");
      await seed.start("asset-transfer-1-0-smoke-test", { nodeName: first! });
    },
    20 * minutes,
  );

  test("have nothing of each other's, whatever their objects say", async () => {
    const patch = JSON.stringify({ spec: { topics: ["second-system", "others", "seeds"] } });
    await fabric.kubectl("-n", "second", "patch", "kafkatenant", "kafka", "--type=merge", "-p", patch);
    expect(await fabric.untilReason("second", "kafkatenant", "kafka", "TopicTaken")).toBe(
      "Topic seeds belongs to seed: give the channel a name of its own.",
    );
    const back = JSON.stringify({ spec: { topics: ["second-system", "others"] } });
    await fabric.kubectl("-n", "second", "patch", "kafkatenant", "kafka", "--type=merge", "-p", back);
    await fabric.untilReason("second", "kafkatenant", "kafka", "Granted");
  });

  test("keep the name of their system channel, and its topic", async () => {
    const change = (spec: object) =>
      fabric.kubectl("-n", "seed", "patch", "kafkatenant", "kafka", "--type=merge", "-p", JSON.stringify({ spec }));
    await expect(change({ systemChannel: "seeds" })).rejects.toThrow("systemChannel cannot be changed");
    await expect(change({ topics: ["seeds"] })).rejects.toThrow("topics has systemChannel");
    await expect(change({ topics: ["seed-system", "Seeds"] })).rejects.toThrow("should match");
  });

  test(
    "lose no acknowledged transaction when a broker, a ZooKeeper and an orderer are killed",
    async () => {
      for (const [what, namespace, pod] of [
        ["killed a broker", "baas-platform", "kafka0-0"],
        ["killed a ZooKeeper", "baas-platform", "zookeeper0-0"],
        ["killed an orderer", "seed", "orderer0-orderer-0"],
      ] as const) {
        const submissions = await seed.whileLoaded(what, () => killed(namespace, pod));
        expect(submissions.at(-1)).toMatchObject({ outcome: "committed" });
        await seed.sameLedgers();
      }
    },
    20 * minutes,
  );

  test(
    "go on without a node that is lost without a warning, and take it back; no acknowledged transaction is lost",
    async () => {
      const all = await Promise.all(
        [first, ...others].map(async (node) => ({ node: node!, servers: await serversOn(node!) })),
      );
      console.log(JSON.stringify(all));
      const { node } = all.find(
        ({ node, servers }) => node !== first && servers.some((name) => name.startsWith("orderer")),
      )!;
      await moveChaincodeOff(node);
      const submissions = await seed.whileLoaded(`lost ${node}`, async () => {
        await stopNode({ name: instance, node });
        await sleep(minutes);
        await restartNode({ name: instance, node });
        const back = Date.now();
        await seed.untilHealed();
        console.log(`healed ${((Date.now() - back) / 1000).toFixed(1)} s after the node was back`);
      });
      console.log(`${failures(submissions).length} of ${submissions.length} failed`);
      expect(submissions.at(-1)).toMatchObject({ outcome: "committed" });
      await seed.sameLedgers();
    },
    20 * minutes,
  );

  test(
    "grow under load: a fifth broker, a third orderer",
    async () => {
      const { project } = fabric;
      const submissions = await seed.whileLoaded("grew by a broker and an orderer", async () => {
        project.edit(platformFile, "kafka: {}", "kafka: { brokers: 5 }");
        await applied("platform-local");
        project.edit("stacks/Pulumi.seed.yaml", "nodes: 2", "nodes: 3");
        await applied("seed");
        await seed.untilHealed();
      });
      expect(failures(submissions)).toEqual([]);
      await seed.sameLedgers();
      await seed.stop();
    },
    30 * minutes,
  );
});

/**
 * The stack `trade` on real Fabric and three nodes of Kubernetes: one of them is drained, another one is lost, under a steady load of
 * transactions; see fabricCluster.ts. It prints failed transactions and the duration of outages for people to judge.
 */
import { setTimeout as sleep } from "node:timers/promises";

import { describe, expect, vi } from "vitest";

import { describeInstance, firstNodes } from "../../local-cluster/instance";
import { restartNode, stopNode } from "../../local-cluster/localCluster";
import { run, tryRun } from "../../local-cluster/run";
import { FabricCluster } from "../cluster/fabricCluster";
import { failures, NetworkUnderLoad } from "../cluster/load/networkUnderLoad";
import { isReady } from "../cluster/load/triedCluster";

const instance = "test-servers";
const fabric = new FabricCluster(instance, 3);
const trade = new NetworkUnderLoad(fabric, "trade", 20, { retry: true });
const test = fabric.test.bind(fabric);
const [first, second, third] = firstNodes(describeInstance(instance), 3).map(({ nodeName }) => nodeName);

const appliesWell = async (): Promise<void> =>
  expect(await fabric.apply("trade")).toMatchObject({ end: "ready", notReady: [] });

/** The names of a node's ledger pods, those that keep data, by what they are. */
async function ledgersOn(node: string): Promise<{ orderer: string[]; peer: string[] }> {
  const of = async (component: string): Promise<string[]> => {
    const selector = `app.kubernetes.io/component=${component}`;
    const pods = await fabric.list("pods", "-n", "trade", "-l", selector, "--field-selector", `spec.nodeName=${node}`);
    return pods.map(({ metadata }) => metadata.name).sort();
  };
  return { orderer: await of("orderer"), peer: await of("peer") };
}

/** Has pods that can move start anew on one node. */
async function moveTo(node: string, selector: string): Promise<void> {
  const others = [first, second, third].filter((each) => each !== node) as string[];
  await fabric.kubectl("cordon", ...others);
  await fabric.kubectl("-n", "trade", "delete", "pod", "-l", selector);
  await fabric.kubectl("-n", "trade", "wait", "pod", "-l", selector, "--for=condition=Ready", "--timeout=120s");
  await fabric.kubectl("uncordon", ...others);
}

describe("the stack trade on real Fabric and three nodes", () => {
  test("comes up: no node has two orderers, or two peers of one organization", async () => {
    await appliesWell();
    const all = await Promise.all([first, second, third].map((node) => ledgersOn(node!)));
    console.log(JSON.stringify(all));
    for (const { orderer, peer } of all) {
      expect(orderer).toHaveLength(1);
      const organizations = peer.map((name) => name.split("-")[1]);
      expect(new Set(organizations).size).toBe(organizations.length);
    }
    await trade.start("asset-transfer-1-0-smoke-test", { nodeName: first });
  });

  test("goes on while a node is drained, and no transaction fails", async () => {
    const submissions = await trade.whileLoaded("drained a node", async () => {
      const began = Date.now();
      await run(fabric.cluster.kubectl, [
        ...["--kubeconfig", fabric.cluster.kubeconfig, "drain", second],
        ...["--ignore-daemonsets", "--delete-emptydir-data", "--timeout=180s"],
      ]);
      console.log(`drained after ${((Date.now() - began) / 1000).toFixed(1)} s`);
      expect(await ledgersOn(second)).toEqual({ orderer: [], peer: [] });
      await sleep(20_000);
      await fabric.kubectl("uncordon", second);
      await trade.untilHealed();
    });
    expect(failures(submissions)).toEqual([]);
    await trade.sameLedgers();
  });

  test("holds the drain of a second node while the first one is away", async () => {
    const drain = (node: string, timeout: string) => {
      const options = ["--ignore-daemonsets", "--delete-emptydir-data", timeout];
      return tryRun(fabric.cluster.kubectl, ["--kubeconfig", fabric.cluster.kubeconfig, "drain", node, ...options]);
    };
    expect(await drain(second, "--timeout=180s")).toMatchObject({ code: 0 });
    const { orderer } = await ledgersOn(third);
    const held = await drain(third, "--timeout=20s");
    expect(held.stderr).toMatch(/Cannot evict pod as it would violate the pod's disruption budget/);
    expect((await ledgersOn(third)).orderer).toEqual(orderer);
    await fabric.kubectl("uncordon", second, third);
    await trade.untilHealed();
    await trade.sameLedgers();
  });

  test("loses a node without a warning, goes on without it, and takes it back; no acknowledged transaction is lost", async () => {
    // A chaincode server that replaces a lost one enrols with its organization's CA, which must not be lost with it.
    const [ca] = await fabric.list("pods", "-n", "trade", "-l", "app.kubernetes.io/instance=ca-org1");
    const node = ca.spec.nodeName === third ? second! : third!;
    await moveTo(node, "app.kubernetes.io/instance=asset-transfer-1-0-org1");
    const submissions = await trade.whileLoaded("lost a node", async () => {
      await stopNode({ name: instance, node });
      const lost = Date.now();
      const servers = "app.kubernetes.io/component in (chaincode,gateway)";
      await vi.waitFor(
        async () => {
          const pods = await fabric.list("pods", "-n", "trade", "-l", servers);
          const alive = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
          expect(alive.filter(({ spec }) => spec.nodeName === node)).toEqual([]);
          expect(alive.filter((pod) => !isReady(pod)).map(({ metadata }) => metadata.name)).toEqual([]);
        },
        { timeout: 240_000, interval: 1000 },
      );
      console.log(`all that can move runs elsewhere ${((Date.now() - lost) / 1000).toFixed(1)} s after the loss`);
      await sleep(30_000);
      await restartNode({ name: instance, node });
      const back = Date.now();
      await trade.untilHealed();
      console.log(`healed ${((Date.now() - back) / 1000).toFixed(1)} s after the node was back`);
    });
    console.log(`${failures(submissions).length} of ${submissions.length} failed`);
    await trade.sameLedgers();
    await appliesWell();
    await trade.stop();
  });
});

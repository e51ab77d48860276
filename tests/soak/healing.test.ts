/**
 * The stack `trade` on real Fabric during failures and changes, under a steady load of transactions; see fabricCluster.ts. It
 * prints failed transactions and the duration of outages for people to judge.
 */
import { setTimeout as sleep } from "node:timers/promises";

import { describe, expect, vi } from "vitest";

import { FabricCluster } from "../cluster/fabricCluster";
import type { Ledger, Submission } from "../cluster/load/clientProgram";
import { LoadPod } from "../cluster/load/loadPod";

const stackFile = "stacks/Pulumi.trade.yaml";
const ratePerSecond = 10;
const fabric = new FabricCluster("test-healing");
const kubectl = fabric.kubectl.bind(fabric);
const test = fabric.test.bind(fabric);
let client: LoadPod;
/** Every transaction of the load that was acknowledged to a client as committed. */
const acknowledged = new Set<string>();

/** Waits until every pod of the network and of the platform is ready, and every custom resource. */
async function untilHealed(): Promise<void> {
  const unready = async (): Promise<string[]> => {
    const pods = [...(await fabric.list("pods", "-n", "trade")), ...(await fabric.list("pods", "-n", "baas-platform"))]
      .filter(({ metadata }) => !/smoke-test|^load-/.test(metadata.name))
      .filter(({ metadata, status }) => {
        const isReady = status.conditions?.some((each: any) => each.type === "Ready" && each.status === "True");
        return metadata.deletionTimestamp !== undefined || !isReady;
      });
    const resources = (
      await fabric.list("certificateauthorities,identities,channels,chaincodes,rollouts", "-n", "trade")
    ).filter(({ metadata, status }) => {
      const ready = status?.conditions?.find((each: any) => each.type === "Ready");
      return status?.observedGeneration !== metadata.generation || ready?.status !== "True";
    });
    return [...pods, ...resources].map(({ metadata }) => metadata.name);
  };
  await vi.waitFor(async () => expect(await unready()).toEqual([]), { timeout: 180_000, interval: 500 });
}

/** Waits until all peers have the same ledger, and looks for every acknowledged transaction in all of them. */
async function sameLedgers(): Promise<Ledger[]> {
  let ledgers: Ledger[] = [];
  await vi.waitFor(
    async () => {
      ledgers = await client.ledgers();
      expect(new Set(ledgers.map(({ height, hash }) => `${height} ${hash}`)).size).toBe(1);
    },
    { timeout: 120_000, interval: 1000 },
  );
  for (const { peer, transactions } of ledgers) {
    const lost = [...acknowledged].filter((transactionId) => transactions[transactionId] !== 0);
    expect(lost, `acknowledged, but not valid on ${peer}`).toEqual([]);
  }
  return ledgers;
}

/** Runs a function while transactions are submitted, and prints their results. */
async function underLoad(what: string, work: () => Promise<void>): Promise<Submission[]> {
  const load = client.submit(ratePerSecond);
  await vi.waitFor(() => expect(load.submissions.length).toBeGreaterThan(3 * ratePerSecond), {
    timeout: 60_000,
    interval: 100,
  });
  const began = Date.now();
  await work();
  const healed = Date.now();
  await sleep(5000);
  const submissions = await load.stop();
  for (const { outcome, transactionId } of submissions) if (outcome === "committed") acknowledged.add(transactionId!);
  console.log(report(what, submissions, began, healed));
  return submissions;
}

function report(what: string, submissions: readonly Submission[], began: number, healed: number): string {
  const failed = submissions.filter(({ outcome }) => outcome !== "committed");
  const kinds = new Map<string, Submission[]>();
  for (const each of failed) {
    const kind = `via ${each.via}: ${each.outcome.replace(/ after [\d.]+s.*|Deadline is|[0-9a-f]{16,}|\d+\.\d+\.\d+\.\d+:\d+/g, "…").slice(0, 150)}`;
    kinds.set(kind, [...(kinds.get(kind) ?? []), each]);
  }
  const seconds = (time: number) => ((time - began) / 1000).toFixed(1);
  const took = submissions.map((each) => each.took).sort((a, b) => a - b);
  const lines = [...kinds].map(([kind, all]) => {
    const first = Math.min(...all.map(({ start }) => start));
    const last = Math.max(...all.map(({ start }) => start));
    return `    ${all.length} started ${seconds(first)} to ${seconds(last)} s after it, ${kind}`;
  });
  const again = submissions.filter(({ attempts, outcome }) => attempts > 1 && outcome === "committed");
  if (again.length > 0)
    lines.push(`    ${again.length} committed at another attempt, after a read conflict or different endorsements`);
  return [
    `${what}: healed after ${seconds(healed)} s; ${submissions.length} transactions, ${failed.length} failed; ` +
      `median ${took[took.length >> 1]} ms, longest ${took.at(-1)} ms`,
    ...lines,
  ].join("\n");
}

const failures = (submissions: readonly Submission[]) => submissions.filter(({ outcome }) => outcome !== "committed");

describe("the stack trade on real Fabric", () => {
  test("comes up although an orderer's pod is deleted while orderers join", async () => {
    const coming = fabric.apply("trade");
    await vi.waitFor(() => kubectl("-n", "trade", "get", "configmap", "trades-genesis"), {
      timeout: 240_000,
      interval: 50,
    });
    await kubectl("-n", "trade", "delete", "pod", "orderer1-orderer-0", "--force", "--grace-period=0");
    expect(await coming).toMatchObject({ end: "ready", notReady: [] });
    client = await LoadPod.start(fabric.cluster, "trade", "asset-transfer-1-0-smoke-test");
    expect((await sameLedgers()).map(({ peer }) => peer)).toEqual([
      "peer0-org1",
      "peer1-org1",
      "peer0-org2",
      "peer1-org2",
    ]);
  });

  for (const [what, namespace, selector] of [
    ["a peer", "trade", "app.kubernetes.io/instance=peer0-org1"],
    ["an anchor peer of the other organization", "trade", "app.kubernetes.io/instance=peer0-org2"],
    ["the first orderer", "trade", "app.kubernetes.io/instance=orderer0-orderer"],
    ["another orderer", "trade", "app.kubernetes.io/instance=orderer2-orderer"],
    ["a chaincode server", "trade", "app.kubernetes.io/instance=asset-transfer-1-0-org1"],
    ["a certificate authority", "trade", "app.kubernetes.io/instance=ca-org1"],
    ["the controller", "baas-platform", "app.kubernetes.io/component=controller"],
  ] as const) {
    test(`loses ${what} under load, heals by itself, and no acknowledged transaction is lost`, async () => {
      await underLoad(`deleted ${what}`, async () => {
        await kubectl("-n", namespace, "delete", "pod", "-l", selector, "--force", "--grace-period=0");
        await untilHealed();
      });
      await sameLedgers();
    });
  }

  test("gets another peer by an edit of its stack file, and no transaction fails", async () => {
    fabric.project.edit(stackFile, "mspId: Org1MSP, peers: 2", "mspId: Org1MSP, peers: 3");
    const submissions = await underLoad("added a peer", async () => {
      expect(await fabric.apply("trade")).toMatchObject({ end: "ready", notReady: [], replaced: 0 });
    });
    expect(failures(submissions)).toEqual([]);
    await sameLedgers();
  });

  test("gets another chaincode version and policy while its controller is deleted, and no transaction fails", async () => {
    fabric.project.edit(stackFile, 'version: "1.0"', 'version: "2.0"');
    fabric.project.edit(
      stackFile,
      `"OutOf(2, 'Org1MSP.peer', 'Org2MSP.peer')"`,
      `"AND('Org1MSP.member', 'Org2MSP.member')"`,
    );
    const submissions = await underLoad("upgraded the chaincode", async () => {
      const coming = fabric.apply("trade");
      const deployment = ["-n", "trade", "get", "deployment", "asset-transfer-2-0-org1"];
      await vi.waitFor(() => kubectl(...deployment), { timeout: 120_000, interval: 100 });
      await kubectl("-n", "baas-platform", "delete", "pod", "--all", "--force", "--grace-period=0");
      expect(await coming).toMatchObject({ end: "ready", notReady: [] });
    });
    expect(failures(submissions)).toEqual([]);
    await sameLedgers();
  });

  test("has the same ledger after destroy and apply", async () => {
    const before = await sameLedgers();
    await client.remove();
    await fabric.destroy("trade");
    expect(await fabric.apply("trade")).toMatchObject({ end: "ready", notReady: [] });
    client = await LoadPod.start(fabric.cluster, "trade", "asset-transfer-2-0-smoke-test");
    const { height, transactions } = (await sameLedgers())[0]!;
    expect(height).toBeGreaterThanOrEqual(before[0]!.height);
    expect(transactions).toMatchObject(before[0]!.transactions);
    await client.remove();
  });
});

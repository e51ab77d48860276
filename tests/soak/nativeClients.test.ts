/**
 * Native clients outside the cluster, on real Fabric: an ordinary fabric-gateway client with an identity of the network's CA, all
 * through the network's single port; see fabricCluster.ts. It prints failed transactions for people to judge.
 */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { describe, expect, vi } from "vitest";

import { writeConnection } from "../cluster/connection";
import { FabricCluster } from "../cluster/fabricCluster";
import type { Submission } from "../cluster/load/clientProgram";
import type { LoadClient } from "../cluster/load/loadClient";
import { LoadPod } from "../cluster/load/loadPod";
import { OutsideClient } from "../cluster/load/outsideClient";

const stackFile = "stacks/Pulumi.dev.yaml";
const ratePerSecond = 10;
const fabric = new FabricCluster("test-native");
const kubectl = fabric.kubectl.bind(fabric);
const test = fabric.test.bind(fabric);
let client: OutsideClient;
const acknowledged = new Set<string>();

/** Runs a function while transactions are submitted with a client's usual retries; none of them may be lost. */
async function losingNothing(what: string, work: () => Promise<void>): Promise<void> {
  const load = client.submit(ratePerSecond, { retry: true });
  await vi.waitFor(() => expect(load.submissions.length).toBeGreaterThan(3 * ratePerSecond), {
    timeout: 60_000,
    interval: 100,
  });
  await work();
  await sleep(3000);
  const submissions = await load.stop();
  const again = submissions.filter(({ attempts }) => attempts > 1);
  console.log(
    `${what}: ${submissions.length} transactions, ${again.length} of them submitted again, longest ${longest(submissions)} ms`,
  );
  expect(submissions.filter(({ outcome }) => outcome !== "committed")).toEqual([]);
  for (const { transactionId } of submissions) acknowledged.add(transactionId!);
  await allOnEveryLedger(client);
}

const longest = (submissions: readonly Submission[]): number => Math.max(...submissions.map(({ took }) => took));

async function allOnEveryLedger(reader: LoadClient): Promise<void> {
  await vi.waitFor(
    async () => {
      const ledgers = await reader.ledgers();
      expect(new Set(ledgers.map(({ height, hash }) => `${height} ${hash}`)).size).toBe(1);
      for (const { transactions } of ledgers) {
        expect([...acknowledged].filter((transactionId) => transactions[transactionId] !== 0)).toEqual([]);
      }
    },
    { timeout: 60_000, interval: 1000 },
  );
}

async function gatewayPods(): Promise<any[]> {
  return fabric.list("pods", "-n", "dev", "--selector", "app.kubernetes.io/component=gateway");
}

/** The uids of the peers' pods that are ready. */
async function readyPeers(): Promise<string[]> {
  const pods = await fabric.list("pods", "-n", "dev", "--selector", "app.kubernetes.io/component=peer");
  const isReady = ({ type, status }: any): boolean => type === "Ready" && status === "True";
  return pods.filter(({ status }) => status.conditions?.some(isReady)).map(({ metadata }) => metadata.uid);
}

async function untilReady(workload: string): Promise<void> {
  await kubectl("-n", "dev", "rollout", "status", workload, "--timeout=180s");
}

describe("a native client outside the cluster", () => {
  test("finds what it needs in the files of `./baas connection`", async () => {
    fabric.project.edit(stackFile, "{ name: org1, clients: [app] }", "{ name: org1, peers: 2, clients: [app] }");
    expect(await fabric.apply("dev")).toMatchObject({ end: "ready", notReady: [] });
    await writeConnection(fabric, "dev");
    client = await OutsideClient.enrol(fabric.cluster, {
      namespace: "dev",
      channel: "main",
      chaincode: "asset-transfer",
      organization: "org1",
      mspId: "Org1MSP",
      client: "app",
      folder: join(fabric.project.dir, ".baas/connection/dev"),
    });
  });

  test("submits and evaluates through the one port", async () => {
    const load = client.submit(5, { seconds: 4 });
    await sleep(4000);
    const submissions = await load.stop();
    expect(submissions.length).toBeGreaterThan(10);
    expect(submissions.filter(({ outcome }) => outcome !== "committed")).toEqual([]);
    const asset = await client.call("peer0-org1", "ReadAsset", submissions[0]!.id);
    expect(JSON.parse(asset)).toMatchObject({ id: submissions[0]!.id, owner: "load" });
  });

  test("is told addresses by discovery that lead to the nodes, outside the cluster and in it", async () => {
    const expected = [
      { kind: "orderer", address: "orderer0-orderer.dev.svc:30443", answers: "orderer0" },
      { kind: "peer", address: "peer0-org1.dev.svc:30443", answers: "peer0" },
      { kind: "peer", address: "peer0-org2.dev.svc:30443", answers: "peer0" },
      { kind: "peer", address: "peer1-org1.dev.svc:30443", answers: "peer1" },
    ];
    const inside = await LoadPod.start(fabric.cluster, "dev", "asset-transfer-1-0-smoke-test");
    const answering = async (each: LoadClient) => {
      const found = await each.discover("peer0-org1");
      return found
        .filter(({ answers }) => /^(peer|orderer)\d$/.test(answers))
        .sort((a, b) => (a.address < b.address ? -1 : 1));
    };
    expect(await answering(client)).toEqual(expected);
    // The channel also has the orderers' addresses inside the cluster, through which peers find further orderers.
    const own = { kind: "orderer", address: "orderer0-orderer.dev.svc:7050", answers: "orderer0" };
    expect(await answering(inside)).toEqual(
      [expected[0], own, ...expected.slice(1)].sort((a, b) => (a!.address < b!.address ? -1 : 1)),
    );
    await inside.remove();
  });

  test("loses nothing when HAProxy's pods are killed one after the other", async () => {
    await losingNothing("killed HAProxy pods", async () => {
      for (const { metadata } of await gatewayPods()) {
        await kubectl("-n", "dev", "delete", "pod", metadata.name, "--grace-period=0", "--force");
        await untilReady("deployment/gateway");
      }
    });
  });

  test("loses nothing in a rolling restart of HAProxy's pods", async () => {
    await losingNothing("rolling restart of HAProxy", async () => {
      await kubectl("-n", "dev", "rollout", "restart", "deployment/gateway");
      await untilReady("deployment/gateway");
    });
  });

  test("loses nothing in a rolling restart of peers", async () => {
    await losingNothing("rolling restart of peers", async () => {
      const before = await readyPeers();
      const sets = ["peer0-org1", "peer1-org1", "peer0-org2"].map((peer) => `statefulset/${peer}`);
      // The controller restarts them one after another.
      await kubectl("-n", "dev", "rollout", "restart", ...sets);
      await vi.waitFor(
        async () => expect((await readyPeers()).filter((uid) => !before.includes(uid))).toHaveLength(sets.length),
        { timeout: 300_000, interval: 1000 },
      );
    });
  });

  test("loses nothing when a peer is added and HAProxy loads its route", async () => {
    const before = (await gatewayPods()).map(({ metadata }) => metadata.name).sort();
    await losingNothing("reload of HAProxy", async () => {
      fabric.project.edit(stackFile, "peers: 2, clients", "peers: 3, clients");
      expect(await fabric.apply("dev")).toMatchObject({ end: "ready", notReady: [] });
      await writeConnection(fabric, "dev");
      // The kubelet updates a changed ConfigMap in running pods with a delay.
      await vi.waitFor(
        async () => expect((await client.discover("peer2-org1")).map(({ answers }) => answers)).toContain("peer2"),
        { timeout: 150_000, interval: 1000 },
      );
    });
    const after = await gatewayPods();
    expect(after.map(({ metadata }) => metadata.name).sort()).toEqual(before);
    const restarts = after.flatMap(({ status }) =>
      status.containerStatuses.map(({ restartCount }: any) => restartCount),
    );
    expect(restarts).toEqual([0, 0, 0, 0]);
  });

  test("goes on by another port when the network's port changes, and every peer with it", async () => {
    fabric.project.edit(stackFile, "port: 30443", "port: 30450");
    expect(await fabric.apply("dev")).toMatchObject({ end: "ready", notReady: [] });
    await writeConnection(fabric, "dev");
    await losingNothing("after the change of the port", () => sleep(3000));
    const told = JSON.parse(await kubectl("-n", "dev", "get", "channel", "main", "-o", "json")).spec.ordering
      .consenters;
    expect(told.map(({ endpoint }: any) => endpoint)).toEqual(["orderer0-orderer.dev.svc:30450"]);
  });
});

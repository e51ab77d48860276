/**
 * Changes roll through the stack `trade` on real Fabric, one node after another, under a steady load of transactions; see
 * fabricCluster.ts. It prints nodes that were away at one time, failed transactions and durations for people to judge.
 */
import { setTimeout as sleep } from "node:timers/promises";

import { describe, expect, vi } from "vitest";

import { FabricCluster } from "../cluster/fabricCluster";
import { failures, NetworkUnderLoad } from "../cluster/load/networkUnderLoad";

const stackFile = "stacks/Pulumi.trade.yaml";
const fabric = new FabricCluster("test-rolling");
/** A release of Fabric 3 among the archives. */
const newer = /fabric-linux-[a-z0-9]+-(3\.\d+\.\d+)/.exec(process.env.FABRIC_ARCHIVES ?? "")?.[1];
const test = fabric.test.bind(fabric);
/** Each transaction is tried as a client may: what one retry covers is no failure. */
const trade = new NetworkUnderLoad(fabric, "trade", 20, { retry: true });
const nodes = "app.kubernetes.io/component in (certificate-authority,orderer,peer)";

const appliesWell = async (timeoutMs?: number): Promise<void> =>
  expect(await fabric.apply("trade", timeoutMs)).toMatchObject({ end: "ready", notReady: [] });

/** The nodes' pods: name, UID and whether it is ready. */
async function pods(): Promise<{ name: string; uid: string; isReady: boolean }[]> {
  return (await fabric.list("pods", "-n", "trade", "-l", nodes)).map(({ metadata, status }) => ({
    name: metadata.name,
    uid: metadata.uid,
    isReady:
      metadata.deletionTimestamp === undefined &&
      status.conditions?.some((each: any) => each.type === "Ready" && each.status === "True"),
  }));
}

/** Runs something, and returns which nodes restarted, in this order, and how many of how many were away at one time at most. */
async function watching(work: () => Promise<void>) {
  const first = new Map((await pods()).map(({ name, uid }) => [name, uid]));
  const restarted: string[] = [];
  let [mostAway, isOver] = [0, false];
  const watch = (async () => {
    while (!isOver) {
      const now = await pods();
      mostAway = Math.max(mostAway, first.size - now.filter(({ isReady }) => isReady).length);
      for (const { name, uid } of now) if (first.get(name) !== uid && !restarted.includes(name)) restarted.push(name);
      await sleep(300);
    }
  })();
  await work().finally(() => (isOver = true));
  await watch;
  console.log(`at most ${mostAway} of ${first.size} nodes away; restarted ${restarted.join(", ") || "none"}`);
  return { mostAway, restarted };
}

describe("the stack trade on real Fabric", () => {
  test("comes up", async () => {
    await appliesWell();
    await trade.start("asset-transfer-1-0-smoke-test");
  });

  test("restarts every node for other resources, one at a time, and no transaction fails", async () => {
    const submissions = await trade.whileLoaded("another size of peers and orderers", async () => {
      const sizes = "components/kubernetes/sizes.ts";
      fabric.project.edit(
        sizes,
        'peer: resources("50m", "128Mi", "2", "1Gi")',
        'peer: resources("55m", "128Mi", "2", "1Gi")',
      );
      fabric.project.edit(sizes, 'orderer: resources("50m", "64Mi", "2"', 'orderer: resources("55m", "64Mi", "2"');
      const { mostAway, restarted } = await watching(() => appliesWell(600_000));
      expect(mostAway).toBe(1);
      expect(restarted.filter((name) => name.startsWith("orderer"))).toHaveLength(3);
      expect(restarted.filter((name) => name.startsWith("peer"))).toHaveLength(4);
      expect(restarted).toHaveLength(7);
    });
    expect(failures(submissions)).toEqual([]);
    await trade.sameLedgers();
  });

  test("stops at a node that does not get ready, and goes on when the cause is gone", async () => {
    const versions = "infra/versions.yaml";
    fabric.project.edit(versions, "peer: hyperledger/fabric-peer", "peer: hyperledger/no-such-image");
    const { mostAway, restarted } = await watching(async () => {
      expect(await fabric.apply("trade", 60_000)).not.toMatchObject({ end: "ready" });
    });
    expect([mostAway, restarted]).toEqual([1, [expect.stringMatching(/^peer/)]]);
    expect(await fabric.condition("trade", "rollout", "nodes")).toMatchObject({
      status: "False",
      reason: "ImageNotAvailable",
    });
    fabric.project.restore(versions);
    await appliesWell();
    await trade.sameLedgers();
  });

  test("goes on with a roll when the controller is deleted in the middle of it", async () => {
    const submissions = await trade.whileLoaded("a roll without its controller for a moment", async () => {
      fabric.project.restore("components/kubernetes/sizes.ts");
      const { mostAway } = await watching(async () => {
        const coming = appliesWell(600_000);
        for (let n = 0; n < 3; n++) {
          await vi.waitFor(async () => expect((await pods()).some(({ isReady }) => !isReady)).toBe(true), {
            timeout: 120_000,
            interval: 200,
          });
          await fabric.kubectl("-n", "baas-platform", "delete", "pod", "--all", "--force", "--grace-period=0");
          await sleep(15_000);
        }
        await coming;
      });
      expect(mostAway).toBe(1);
    });
    expect(failures(submissions)).toEqual([]);
    await trade.sameLedgers();
  });

  test("rolls to the next release series of Fabric, takes its capabilities as a second step, and cannot go back", async () => {
    if (newer === undefined) return console.log("FABRIC_ARCHIVES has no release of Fabric 3: not tried");
    const domain = "domain: trade.example.com";
    fabric.project.edit(stackFile, domain, `${domain}\n    fabricVersion: ${newer}`);
    const submissions = await trade.whileLoaded(`Fabric ${newer}`, async () => {
      const { mostAway, restarted } = await watching(() => appliesWell(600_000));
      expect(mostAway).toBe(1);
      expect(restarted).toHaveLength(7);
    });
    expect(failures(submissions)).toEqual([]);
    await trade.sameLedgers();

    fabric.project.edit(stackFile, `fabricVersion: ${newer}`, "fabricVersion: 2.5.16");
    await expect(fabric.apply("trade")).rejects.toThrow(`the version would be 2.5.16, and has been ${newer}`);
    fabric.project.edit(stackFile, "fabricVersion: 2.5.16", `fabricVersion: ${newer}`);
    const older = JSON.stringify({ spec: { fabricVersion: "2.5.16" } });
    await expect(
      fabric.kubectl("-n", "trade", "patch", "identity", "peer0-org1", "--type=merge", "-p", older),
    ).rejects.toThrow("fabricVersion cannot go back");

    fabric.project.edit(
      stackFile,
      "      - name: trades",
      "      - name: trades\n        capabilities: { channel: V3_0 }",
    );
    const more = await trade.whileLoaded("capability V3_0", () => appliesWell());
    expect(failures(more)).toEqual([]);
    await trade.sameLedgers();
    const images = await fabric.kubectl("-n", "trade", "get", "pods", "-l", nodes, "-o", "jsonpath={..image}");
    expect(images).toContain(`fabric-peer:${newer}`);
    expect(images).not.toContain("fabric-peer:2");
    await trade.stop();
  });
});

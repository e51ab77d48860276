/**
 * Changes roll through the stack `trade` on real Fabric, one node after another, under a steady load of transactions; see
 * fabricCluster.ts. It prints nodes that were away at one time, failed transactions and durations for people to judge.
 */
import { describe, expect } from "vitest";

import { FabricCluster } from "../cluster/fabricCluster";
import { failures, NetworkUnderLoad } from "../cluster/load/networkUnderLoad";
import { killControllerWhileNodesRestart, watchRestarts } from "../cluster/load/restarts";

const stackFile = "stacks/Pulumi.trade.yaml";
const fabric = new FabricCluster("test-rolling");
/** The releases of Fabric among the archives, the oldest first. */
const releases = [...(process.env.FABRIC_ARCHIVES ?? "").matchAll(/fabric-linux-[a-z0-9]+-(\d+\.\d+\.\d+)/g)]
  .map(([, version]) => version!)
  .sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
const newest = releases.at(-1) ?? "";
const test = fabric.test.bind(fabric);
/** Each transaction is tried as a client may: what one retry covers is no failure. */
const trade = new NetworkUnderLoad(fabric, "trade", 20, { retry: true });
const ledgers = "app.kubernetes.io/component in (orderer,peer)";

const appliesWell = async (timeoutMs?: number): Promise<void> =>
  expect(await fabric.apply("trade", timeoutMs)).toMatchObject({ end: "ready", notReady: [] });

/** Writes the network's Fabric version into its stack file. */
function setVersion(version: string): void {
  const text = fabric.project.read(stackFile).replace(/\n    fabricVersion: .*/, "");
  const domain = "    domain: trade.example.com";
  fabric.project.write(stackFile, text.replace(domain, `${domain}\n    fabricVersion: ${version}`));
}

const watching = (work: () => Promise<void>) => watchRestarts(fabric, "trade", work);

describe("the stack trade on real Fabric", () => {
  test("comes up with the oldest release of Fabric", async () => {
    setVersion(releases[0]!);
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
        await killControllerWhileNodesRestart(fabric, "trade");
        await coming;
      });
      expect(mostAway).toBe(1);
    });
    expect(failures(submissions)).toEqual([]);
    await trade.sameLedgers();
  });

  test("rolls to each newer release of Fabric", async ({ skip }) => {
    skip(releases.length < 2, "FABRIC_ARCHIVES has no second release of Fabric");
    for (const [i, version] of releases.entries()) {
      if (i === 0) continue;
      setVersion(version);
      const submissions = await trade.whileLoaded(`Fabric ${version}`, async () => {
        const { mostAway, restarted } = await watching(() => appliesWell(600_000));
        expect(mostAway).toBe(1);
        expect(restarted).toHaveLength(7);
      });
      expect(failures(submissions)).toEqual([]);
      await trade.sameLedgers();
    }
    const images = await fabric.kubectl("-n", "trade", "get", "pods", "-l", ledgers, "-o", "jsonpath={..image}");
    expect(new Set(images.match(/fabric-(peer|orderer):[\d.]+/g))).toEqual(
      new Set([`fabric-peer:${newest}`, `fabric-orderer:${newest}`]),
    );
  });

  test("takes the capabilities of Fabric 3 as a second step, and cannot go back", async ({ skip }) => {
    skip(!newest.startsWith("3."), "FABRIC_ARCHIVES has no release of Fabric 3");
    setVersion("2.5.16");
    await expect(fabric.apply("trade")).rejects.toThrow(`the version would be 2.5.16, and has been ${newest}`);
    setVersion(newest);
    const older = JSON.stringify({ spec: { fabricVersion: "2.5.16" } });
    await expect(
      fabric.kubectl("-n", "trade", "patch", "identity", "peer0-org1", "--type=merge", "-p", older),
    ).rejects.toThrow("fabricVersion cannot go back");

    const channel = "      - name: trades";
    fabric.project.edit(stackFile, channel, `${channel}\n        capabilities: { channel: V3_0 }`);
    const submissions = await trade.whileLoaded("capability V3_0", () => appliesWell());
    expect(failures(submissions)).toEqual([]);
    await trade.sameLedgers();
    await trade.stop();
  });
});

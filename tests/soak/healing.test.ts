/**
 * The stack `trade` on real Fabric during failures and changes, under a steady load of transactions; see fabricCluster.ts. It
 * prints failed transactions and the duration of outages for people to judge.
 */
import { describe, expect, vi } from "vitest";

import { FabricCluster } from "../cluster/fabricCluster";
import { failures, NetworkUnderLoad } from "../cluster/load/networkUnderLoad";

const stackFile = "stacks/Pulumi.trade.yaml";
const fabric = new FabricCluster("test-healing");
const trade = new NetworkUnderLoad(fabric, "trade", 10);
const kubectl = fabric.kubectl.bind(fabric);
const test = fabric.test.bind(fabric);
describe("the stack trade on real Fabric", () => {
  test("comes up although an orderer's pod is deleted while orderers join", async () => {
    const coming = fabric.apply("trade");
    await vi.waitFor(() => kubectl("-n", "trade", "get", "configmap", "trades-genesis"), {
      timeout: 240_000,
      interval: 50,
    });
    await kubectl("-n", "trade", "delete", "pod", "orderer1-orderer-0", "--force", "--grace-period=0");
    expect(await coming).toMatchObject({ end: "ready", notReady: [] });
    await trade.start("asset-transfer-1-0-smoke-test");
    expect((await trade.sameLedgers()).map(({ peer }) => peer)).toEqual([
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
      await trade.whileLoaded(`deleted ${what}`, async () => {
        await kubectl("-n", namespace, "delete", "pod", "-l", selector, "--force", "--grace-period=0");
        await trade.untilHealed();
      });
      await trade.sameLedgers();
    });
  }

  test("gets another peer by an edit of its stack file, and no transaction fails", async () => {
    fabric.project.edit(stackFile, "mspId: Org1MSP, peers: 2", "mspId: Org1MSP, peers: 3");
    const submissions = await trade.whileLoaded("added a peer", async () => {
      expect(await fabric.apply("trade")).toMatchObject({ end: "ready", notReady: [], replaced: 0 });
    });
    expect(failures(submissions)).toEqual([]);
    await trade.sameLedgers();
  });

  test("gets another chaincode version and policy while its controller is deleted, and no transaction fails", async () => {
    fabric.project.edit(stackFile, 'version: "1.0"', 'version: "2.0"');
    fabric.project.edit(
      stackFile,
      `"OutOf(2, 'Org1MSP.peer', 'Org2MSP.peer')"`,
      `"AND('Org1MSP.member', 'Org2MSP.member')"`,
    );
    const submissions = await trade.whileLoaded("upgraded the chaincode", async () => {
      const coming = fabric.apply("trade");
      const deployment = ["-n", "trade", "get", "deployment", "asset-transfer-2-0-org1"];
      await vi.waitFor(() => kubectl(...deployment), { timeout: 120_000, interval: 100 });
      await kubectl("-n", "baas-platform", "delete", "pod", "--all", "--force", "--grace-period=0");
      expect(await coming).toMatchObject({ end: "ready", notReady: [] });
    });
    expect(failures(submissions)).toEqual([]);
    await trade.sameLedgers();
  });

  test("has the same ledger after destroy and apply", async () => {
    const before = await trade.sameLedgers();
    await trade.stop();
    await fabric.destroy("trade");
    expect(await fabric.apply("trade")).toMatchObject({ end: "ready", notReady: [] });
    await trade.start("asset-transfer-2-0-smoke-test");
    const { height, transactions } = (await trade.sameLedgers())[0]!;
    expect(height).toBeGreaterThanOrEqual(before[0]!.height);
    expect(transactions).toMatchObject(before[0]!.transactions);
    await trade.stop();
  });
});

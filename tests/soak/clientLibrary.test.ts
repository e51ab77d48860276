/**
 * The client library outside the cluster, on real Fabric: it knows what `./baas connection` writes, and calls all peers of its
 * organization through the network's single port; see fabricCluster.ts. It prints figures for people to judge.
 */
import { cpSync } from "node:fs";
import { join } from "node:path";

import { afterAll, describe, expect, vi } from "vitest";

import type { BlockchainClient } from "../../client/src/client";
import { connect } from "../../client/src/connect";
import { MemoryStore, type StoredTransaction } from "../../client/src/transaction/transactionStore";
import { writeConnection } from "../cluster/connection";
import { FabricCluster } from "../cluster/fabricCluster";
import { connectBare, sendSigned } from "../cluster/load/bareGateway";
import { OutsideClient } from "../cluster/load/outsideClient";
import { describeFigures, saturate } from "../cluster/load/saturate";

const stackFile = "stacks/Pulumi.dev.yaml";
const fabric = new FabricCluster("test-client");
const test = fabric.test.bind(fabric);
let folder: string;
let client: BlockchainClient;
afterAll(() => client?.close());

const settings = (): string => join(folder, "clients/app-org1/blockchain_client.yaml");
const create = (id: string) => client.submit("CreateAsset", [id, "library", "an asset of the library", "1"]);

/** Runs work for each number, some at a time. */
async function each<T>(
  count: number,
  inFlight: number,
  work: (n: number) => Promise<T>,
): Promise<PromiseSettledResult<T>[]> {
  const results: PromiseSettledResult<T>[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      const n = next++;
      [results[n]] = await Promise.allSettled([work(n)]);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  return results;
}

const reasons = (results: readonly PromiseSettledResult<unknown>[]): string[] =>
  results.flatMap((result) => (result.status === "rejected" ? [String(result.reason)] : []));

describe("the client library outside the cluster", () => {
  test("works with what `./baas connection` writes, without names in DNS", async () => {
    fabric.project.edit(stackFile, "{ name: org1, clients: [app] }", "{ name: org1, peers: 2, clients: [app] }");
    expect(await fabric.apply("dev")).toMatchObject({ end: "ready", notReady: [] });
    await writeConnection(fabric, "dev");
    folder = join(fabric.project.dir, ".baas/connection/dev");
    const names = { namespace: "dev", channel: "main", chaincode: "asset-transfer" };
    await OutsideClient.enrol(fabric.cluster, {
      ...names,
      organization: "org1",
      mspId: "Org1MSP",
      client: "app",
      folder,
    });
    cpSync(join(folder, "msp"), join(folder, "clients/app-org1/msp"), { recursive: true });
    client = await connect(settings());
    expect(await create("first")).toMatchObject({ attempts: 1 });
    expect(JSON.parse(String(await client.evaluate("ReadAsset", ["first"])))).toMatchObject({ owner: "library" });
  });

  test("finds both peers of its organization by discovery", async () => {
    await vi.waitFor(() => {
      const addresses = client.peers().map(({ address }) => address);
      expect(addresses).toEqual(["peer0-org1.dev.svc:30443", "peer1-org1.dev.svc:30443"]);
    }, 60_000);
  });

  test("commits each of 1,000 calls while a peer dies and comes back", async () => {
    const results = await each(1000, 20, async (n) => {
      if (n === 300) {
        await fabric.kubectl("-n", "dev", "delete", "pod", "peer0-org1-0", "--grace-period=0", "--force");
      }
      return create(`one-${n}`);
    });
    console.log(`1,000 calls, a peer killed: ${JSON.stringify(client.peers())}`);
    expect(reasons(results)).toEqual([]);
    const found = await each(1000, 20, async (n) => String(await client.evaluate("AssetExists", [`one-${n}`])));
    expect(found.filter((result) => result.status !== "fulfilled" || result.value !== "true")).toEqual([]);
    await vi.waitFor(async () => {
      await each(10, 2, () => client.evaluate("AssetExists", ["first"]));
      expect(client.peers().map(({ state }) => state)).toEqual(["well", "well"]);
    }, 120_000);
    const before = client.peers().map(({ calls }) => calls);
    await each(100, 10, () => client.evaluate("AssetExists", ["first"]));
    console.log(`100 calls after its return: ${client.peers().map(({ calls }, i) => calls - before[i]!)}`);
  });

  test("a transaction that is ordered twice is committed once", async () => {
    const sent: StoredTransaction[] = [];
    class Remembering extends MemoryStore {
      override async save(transaction: StoredTransaction, replaces?: string): Promise<StoredTransaction> {
        if (transaction.committed === undefined) sent.push(transaction);
        return super.save(transaction, replaces);
      }
    }
    const first = await connect(settings(), { store: new Remembering() });
    const { txID, blockNumber } = await first.submit("CreateAsset", [
      "twice",
      "library",
      "an asset of the library",
      "1",
    ]);
    await sendSigned(settings(), sent[0]!.transaction);
    const copies: string[] = [];
    for await (const { transactions } of first.blockEvents({ startBlock: blockNumber })) {
      copies.push(...transactions.filter((each) => each.txID === txID).map(({ validationCode }) => validationCode));
      if (copies.length === 2) break;
    }
    expect(copies).toEqual(["VALID", "DUPLICATE_TXID"]);
    expect(await first.transactionStatus(txID)).toMatchObject({ validationCode: "VALID", blockNumber });
    first.close();
  });

  test("prints its throughput beside that of a bare fabric-gateway", async () => {
    const bare = connectBare(settings());
    for (const inFlight of [10, 100]) {
      const id = `load-${inFlight}`;
      const ways = {
        bare: (n: number) => bare.contract.submitTransaction("CreateAsset", `${id}-bare-${n}`, "bare", "an asset", "1"),
        library: (n: number) => create(`${id}-${n}`),
      };
      for (const [way, call] of Object.entries(ways)) {
        const figures = await saturate(inFlight, 15, call);
        console.log(`${inFlight} in flight: ${way} ${describeFigures(figures)}`);
        expect(figures.failed).toBe(0);
      }
    }
    bare.close();
  });
});

import { writeFileSync } from "node:fs";

import { status } from "@grpc/grpc-js";
import { common } from "@hyperledger/fabric-protos";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { BlockchainClient } from "../client.ts";
import { TestOrganization } from "../testing/testOrganization.ts";
import { FileCheckpoint } from "./checkpoint.ts";

let organization: TestOrganization;
let client: BlockchainClient;

beforeEach(async () => {
  organization = await TestOrganization.start();
  client = await organization.connect();
});
afterEach(() => organization.close());

const put = async (...keys: string[]) => {
  for (const key of keys) await client.submit("Put", [key, "x"]);
};
/** The next events of a stream. */
async function take<T>(events: AsyncIterator<T>, count: number): Promise<T[]> {
  const taken: T[] = [];
  while (taken.length < count) {
    const { done, value } = await events.next();
    if (done) break;
    taken.push(value);
  }
  return taken;
}
const payloads = (events: { payload: Buffer }[]) => events.map(({ payload }) => String(payload));

describe("chaincode events", () => {
  it("begin with the next block", async () => {
    await put("a");
    const events = client.chaincodeEvents();
    const first = take(events, 1);
    await expect.poll(() => organization.peers.reduce((sum, { streams }) => sum + streams, 0)).toBe(1);
    await put("b");
    expect(await first).toEqual([
      {
        blockNumber: 2n,
        txID: expect.stringMatching(/^[0-9a-f]{64}$/),
        chaincode: "assets",
        name: "Put",
        payload: Buffer.from("b,x"),
      },
    ]);
    await events.return();
  });

  it("begin with a block that is named", async () => {
    await put("a", "b", "c");
    expect(payloads(await take(client.chaincodeEvents({ startBlock: 2 }), 2))).toEqual(["b,x", "c,x"]);
  });

  it("go on after a break at another peer, none lost and none twice", async () => {
    await put("a", "b");
    const events = client.chaincodeEvents({ startBlock: 1 });
    expect(payloads(await take(events, 1))).toEqual(["a,x"]);
    const serving = organization.peers.find(({ streams }) => streams > 0)!;
    serving.stop();
    await put("c");
    expect(payloads(await take(events, 2))).toEqual(["b,x", "c,x"]);
    await serving.restart();
    organization.peers.find((peer) => peer !== serving)!.stop();
    await put("d");
    expect(payloads(await take(events, 1))).toEqual(["d,x"]);
  });

  it("within a block go on after the last transaction", async () => {
    const checkpoint = new FileCheckpoint(organization.path("checkpoint"));
    organization.ledger.batchTime = 1e6;
    const handles = [];
    for (const key of ["a", "b", "c"]) handles.push(await client.submitAsync("Put", [key, "x"]));
    organization.ledger.cut();
    await Promise.all(handles.map((handle) => handle.wait()));
    const seen: string[] = [];
    for await (const { payload } of client.chaincodeEvents({ startBlock: 1, checkpoint })) {
      seen.push(String(payload));
      if (seen.length === 2) break;
    }
    expect(seen).toEqual(["a,x", "b,x"]);
    // The reader left while it dealt with the second one, so that one comes again.
    expect(payloads(await take(client.chaincodeEvents({ checkpoint }), 2))).toEqual(["b,x", "c,x"]);
  });

  it("end with their signal, and with the client", async () => {
    const controller = new AbortController();
    const ends = [
      take(client.chaincodeEvents({ ...controller, signal: controller.signal }), 1),
      take(client.blockEvents(), 1),
    ];
    await expect.poll(() => organization.peers.reduce((sum, { streams }) => sum + streams, 0)).toBe(2);
    controller.abort();
    expect(await ends[0]).toEqual([]);
    client.close();
    expect(await ends[1]).toEqual([]);
  });

  it("that peers refuse are an error", async () => {
    for (const peer of organization.peers)
      peer.refusesStreams = { code: status.PERMISSION_DENIED, message: "no right" };
    await expect(take(client.chaincodeEvents({ startBlock: 0 }), 1)).rejects.toMatchObject({
      code: "REFUSED",
      stage: "events",
      channel: "main",
      message: "events, channel main: 7 PERMISSION_DENIED: no right.",
    });
  });
});

describe("block events", () => {
  it("have all transactions of a block, with their codes, and the block itself", async () => {
    organization.ledger.nextCodes.push(11);
    const { txID } = await client.submit("Put", ["a", "x"]);
    const [invalid, valid] = await take(client.blockEvents({ startBlock: 1n }), 2);
    expect(invalid).toMatchObject({
      blockNumber: 1n,
      transactions: [{ type: "ENDORSER_TRANSACTION", isValid: false, validationCode: "MVCC_READ_CONFLICT" }],
    });
    expect(valid!.transactions).toEqual([
      { txID, type: "ENDORSER_TRANSACTION", isValid: true, validationCode: "VALID" },
    ]);
    expect(common.Block.deserializeBinary(valid!.block).getHeader()!.getNumber()).toBe(2);
  });

  it("go on after a break, and after a restart of the reader by its checkpoint", async () => {
    const checkpoint = new FileCheckpoint(organization.path("blocks"));
    await put("a", "b", "c");
    const events = client.blockEvents({ startBlock: 1, checkpoint });
    expect((await take(events, 1))[0]!.blockNumber).toBe(1n);
    organization.peers.find(({ streams }) => streams > 0)!.stop();
    expect((await take(events, 1))[0]!.blockNumber).toBe(2n);
    await events.return();
    // It left while it dealt with block 2.
    expect((await take(client.blockEvents({ checkpoint }), 2)).map(({ blockNumber }) => blockNumber)).toEqual([2n, 3n]);
  });
});

describe("a checkpoint in a file", () => {
  it("has no position at first, and then the last one", async () => {
    const checkpoint = new FileCheckpoint(organization.path("new"));
    expect(await checkpoint.load()).toBeUndefined();
    await checkpoint.save({ blockNumber: 12345678901234567890n, txID: "ab" });
    expect(await new FileCheckpoint(organization.path("new")).load()).toEqual({
      blockNumber: 12345678901234567890n,
      txID: "ab",
    });
  });

  it("is refused if it is something else", async () => {
    writeFileSync(organization.path("other"), "hello");
    await expect(new FileCheckpoint(organization.path("other")).load()).rejects.toThrow(
      /other is not a checkpoint: .*\. Name another file, or delete this one to begin anew\.$/,
    );
  });
});

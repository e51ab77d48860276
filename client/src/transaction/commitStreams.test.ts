/** Many calls at a time: their outcomes come from the blocks of peers, and from questions where those break. */
import { status } from "@grpc/grpc-js";
import { peer } from "@hyperledger/fabric-protos";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { pemSigner } from "../identity/identity.ts";
import { TestOrganization } from "../testing/testOrganization.ts";

let organization: TestOrganization;
beforeEach(async () => {
  organization = await TestOrganization.start(1);
  organization.ledger.batchTime = 20;
});
afterEach(() => organization.close());

let batches = 0;

/** Submits some transactions at a time, several times. */
async function submitMany(client: Awaited<ReturnType<TestOrganization["connect"]>>, rounds = 5, atOnce = 20) {
  const batch = batches++;
  for (let round = 0; round < rounds; round++) {
    const keys = Array.from({ length: atOnce }, (_, i) => `key-${batch}-${round}-${i}`);
    await Promise.all(keys.map((key) => client.submit("Put", [key, "value"])));
  }
  return rounds * atOnce;
}

function expectOnce(count: number): void {
  expect(organization.ledger.applied.size).toBe(count);
  expect(new Set(organization.ledger.applied.values())).toEqual(new Set([1]));
}

describe("many calls at a time", () => {
  it("ask for few outcomes, and sign twice for each transaction", async () => {
    const { certificate, key } = organization.certificates.user;
    const signer = pemSigner("Org1MSP", certificate, key);
    const sign = vi.fn(signer.sign);
    const client = await organization.connect({}, { signer: { ...signer, sign } });
    const count = await submitMany(client);
    const { calls, openedStreams } = organization.peers[0]!;
    expect(openedStreams).toBeGreaterThan(0);
    // Above all those of the first round, before there was a stream.
    expect(calls.commitStatus).toBeLessThan(count / 2);
    expect(sign.mock.calls.length).toBe(2 * count + calls.commitStatus + openedStreams);
    expectOnce(count);
  });

  it("close the stream when nobody needs it", async () => {
    await submitMany(await organization.connect());
    expect(organization.peers[0]!.openedStreams).toBeGreaterThan(0);
    await vi.waitFor(() => expect(organization.peers[0]!.streams).toBe(0), 20_000);
  });

  it("are asked for as usual where a peer refuses to send blocks", async () => {
    organization.peers[0]!.refusesStreams = { code: status.PERMISSION_DENIED, message: "no" };
    const count = await submitMany(await organization.connect());
    expect(organization.peers[0]!.calls.commitStatus).toBe(count);
    expectOnce(count);
  });

  it("survive a peer that stops with its stream", async () => {
    const second = await organization.addPeer();
    const client = await organization.connect();
    await submitMany(client, 2);
    const calls = submitMany(client, 10);
    await vi.waitFor(() => expect(second.openedStreams).toBeGreaterThan(0), 20_000);
    second.stop();
    await calls;
    for (const times of organization.ledger.applied.values()) expect(times).toBe(1);
  });

  it("run again after a conflict that the blocks tell of", async () => {
    const client = await organization.connect();
    await submitMany(client, 2);
    organization.ledger.nextCodes.push(peer.TxValidationCode.MVCC_READ_CONFLICT);
    const results = await Promise.all(
      Array.from({ length: 10 }, (_, i) => client.submit("Put", [`conflict-${i}`, "value"])),
    );
    expect(results.map(({ attempts }) => attempts).sort()).toEqual([...new Array(9).fill(1), 2]);
  });

  it("send again what orderers have lost, after the time for a commit", async () => {
    const client = await organization.connect({ timeouts: { commitStatus: 1000 } });
    await submitMany(client, 2);
    organization.ledger.toLose = 3;
    const before = organization.ledger.ordered;
    await submitMany(client, 1);
    expect(organization.ledger.ordered).toBe(before + 23);
  });
});

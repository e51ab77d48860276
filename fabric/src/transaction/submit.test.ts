import { common, peer } from "@hyperledger/fabric-protos";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { Orderer } from "../nodes/orderer";
import { Peer } from "../nodes/peer";
import { Doubles } from "../testing/nodeDoubles";
import { broadcastToAny, submit } from "./submit";

const { BAD_REQUEST, NOT_FOUND, SERVICE_UNAVAILABLE } = common.Status;
const invocation = { channel: "trades", chaincode: "_lifecycle", args: ["Function", Buffer.from("arguments")] };

describe("submitting a transaction", () => {
  let network: Doubles;
  beforeEach(() => (network = new Doubles()));
  afterEach(() => network.close());

  const send = (groups: Peer[][], orderers: Orderer[], timeoutMs = 3000) =>
    submit(invocation, network.signer, groups, orderers, "approving", { timeoutMs });

  it("ends with the number of its block", async () => {
    const peers = [[await network.peer("peer0-org1", "same")], [await network.peer("peer0-org2", "same")]];
    const committed = await send(peers, [await network.orderer("orderer0")]);
    expect(committed).toEqual({ blockNumber: 8, transactionId: expect.stringMatching(/^[0-9a-f]{64}$/) });
  });

  it("needs one peer of each organization, and leaves out one that computes something else", async () => {
    const gone = await network.peer("peer0-org1", "same");
    gone.close();
    const down = new Peer({ ...gone.endpoint, address: "localhost:1" }, network.signer);
    const behind = await network.peer("peer1-org1", "old");
    const good = [await network.peer("peer2-org1", "same"), await network.peer("peer0-org2", "same")];
    const orderers = [await network.orderer("orderer0")];
    await expect(send([[down, behind, good[0]!], [good[1]!]], orderers)).resolves.toMatchObject({ blockNumber: 8 });
    down.close();
  });

  it("prefers an answer of all organizations to one of many peers", async () => {
    const org1 = await Promise.all([0, 1, 2].map((i) => network.peer(`peer${i}-org1`, i < 2 ? "old" : "new")));
    const groups = [org1, [await network.peer("peer0-org2", "new")]];
    await expect(send(groups, [await network.orderer("orderer0")])).resolves.toMatchObject({ blockNumber: 8 });
  });

  it("fails when the peers of an organization compute something else than the others", async () => {
    const orderer = await network.orderer("orderer0");
    const groups = [
      [await network.peer("peer0-org1", "same"), await network.peer("peer1-org1", "same")],
      [await network.peer("peer0-org2", "other")],
    ];
    await expect(send(groups, [orderer])).rejects.toMatchObject({ code: "ENDORSEMENT_MISMATCH", organization: "org2" });
    expect(orderer.received).toBe(0);
  });

  it("fails with a peer's refusal rather than with another peer's absence", async () => {
    const refusing = await network.peer("peer1-org1", new Error("access denied: not an administrator"));
    const down = new Peer({ ...refusing.endpoint, name: "peer0-org1", address: "localhost:1" }, network.signer);
    await expect(send([[down, refusing]], [await network.orderer("orderer0")])).rejects.toMatchObject({
      code: "ACCESS_DENIED",
      node: "peer1-org1",
      step: "approving",
      channel: "trades",
    });
    down.close();
  });

  it("counts as committed when one of the endorsing peers stops in between", async () => {
    const groups = [[await network.peer("peer0-org1", "same", "break"), await network.peer("peer1-org1", "same")]];
    await expect(send(groups, [await network.orderer("orderer0")])).resolves.toMatchObject({ blockNumber: 8 });
  });

  it("fails when the peers find it invalid", async () => {
    network.validationCode = peer.TxValidationCode.MVCC_READ_CONFLICT;
    const groups = [[await network.peer("peer0-org1", "same", "break"), await network.peer("peer1-org1", "same")]];
    await expect(send(groups, [await network.orderer("orderer0")])).rejects.toMatchObject({
      code: "INVALID_TRANSACTION",
      validationCode: "MVCC_READ_CONFLICT",
      hint: "Another transaction changed the same keys first; submit it again.",
    });
  });

  it("gives up when no event comes", async () => {
    const groups = [[await network.peer("peer0-org1", "same", "silent")]];
    await expect(send(groups, [await network.orderer("orderer0")], 400)).rejects.toMatchObject({ code: "TIMEOUT" });
  });
});

describe("sending to any orderer", () => {
  let network: Doubles;
  beforeEach(() => (network = new Doubles()));
  afterEach(() => network.close());

  const send = (orderers: Orderer[], timeoutMs = 3000) =>
    broadcastToAny(orderers, new common.Envelope(), "trades", "approving", timeoutMs);

  it("goes around until one has a leader", async () => {
    const waiting = () => ({ status: SERVICE_UNAVAILABLE, info: "no Raft leader" });
    const orderers = [
      await network.orderer("orderer0", [waiting(), waiting(), waiting()]),
      await network.orderer("orderer1", ["hang up", waiting()]),
      await network.orderer("orderer2", [{ status: NOT_FOUND, info: "channel does not exist" }, waiting(), waiting()]),
    ];
    // The envelope is empty, which this double cannot read: only the answers count here.
    await send(orderers).catch(() => {});
    expect(orderers.map(({ received }) => received)).toEqual([3, 3, 2]);
  });

  it("does not ask another orderer what every orderer would refuse", async () => {
    const orderers = [
      await network.orderer("orderer0", [{ status: BAD_REQUEST, info: "malformed" }]),
      await network.orderer("orderer1"),
    ];
    await expect(send(orderers)).rejects.toMatchObject({ code: "REJECTED", node: "orderer0" });
    expect(orderers[1]!.received).toBe(0);
  });

  it("does not wait for a channel that no orderer knows", async () => {
    const unknown = () => ({ status: BAD_REQUEST, info: "channel creation request not allowed because ..." });
    const orderers = [
      await network.orderer("orderer0", [unknown(), unknown()]),
      await network.orderer("orderer1", [unknown(), unknown()]),
    ];
    await expect(send(orderers)).rejects.toMatchObject({ code: "NOT_FOUND", node: "orderer1" });
    expect(orderers.map(({ received }) => received)).toEqual([1, 1]);
  });

  it("ends with the last orderer's reason when time is up", async () => {
    const waiting = () => ({ status: SERVICE_UNAVAILABLE, info: "no Raft leader" });
    const orderer = await network.orderer("orderer0", Array.from({ length: 50 }, waiting));
    // Long enough for a first answer from a busy machine.
    await expect(send([orderer], 2000)).rejects.toMatchObject({
      code: "UNAVAILABLE",
      reason: "SERVICE_UNAVAILABLE: no Raft leader",
    });
    await expect(send([])).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  });
});

/** Every row of the table of failures and of what to do about them. */
import { status } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { BlockchainClient } from "../client.ts";
import type { Fault, Method } from "../testing/gatewayDouble.ts";
import { TestOrganization } from "../testing/testOrganization.ts";

let organization: TestOrganization;
let client: BlockchainClient;

beforeEach(async () => {
  organization = await TestOrganization.start();
  client = await organization.connect();
});
afterEach(() => organization.close());

const put = (options = {}) => client.submit("Put", ["a1", "bob"], options);
const calls = (method: Method): number => organization.peers.reduce((sum, peer) => sum + peer.calls[method], 0);
const submitted = (): string[] => organization.peers.flatMap((peer) => peer.submitted);
const timesApplied = (): number => organization.ledger.applied.get("a1") ?? 0;
/** Gives the peers faults, one after the other, in the order in which they are called. */
const fail = (method: Method, ...faults: Fault[]): void => {
  faults.forEach((fault, i) => organization.peers[i % organization.peers.length]!.faults[method].push(fault));
};
const always = (method: Method, fault: Fault): void => {
  for (const peer of organization.peers) peer.faults[method].push(...Array.from({ length: 50 }, () => fault));
};

const overload = {
  code: status.UNKNOWN,
  message: "too many requests for /gateway.Gateway, exceeding concurrency limit (500)",
};
const said = (message: string) => [{ address: "peer0.org2:7051", mspId: "Org2MSP", message }];

describe("an overloaded peer", () => {
  it.each(["evaluate", "endorse", "submit", "commitStatus"] as const)(
    "at %s is left alone for a moment, then another one is called",
    async (method) => {
      fail(method, overload, overload);
      if (method === "evaluate") expect(String(await client.evaluate("Read", ["a1"]))).toBe("Read:a1");
      else expect(await put()).toMatchObject({ attempts: 1 });
      expect(calls(method)).toBe(3);
      expect(new Set(submitted()).size).toBe(method === "evaluate" ? 0 : 1);
    },
  );

  it("is said clearly, when it stays so", async () => {
    always("endorse", overload);
    await expect(put({ timeouts: { total: 500 } })).rejects.toMatchObject({
      code: "OVERLOADED",
      stage: "endorse",
      isOutcomeUnknown: false,
    });
  });
});

describe("a chaincode's refusal", () => {
  it("of an evaluation is final", async () => {
    fail("evaluate", { code: status.UNKNOWN, message: "chaincode response 500, no such asset" });
    await expect(client.evaluate("Read", ["a1"])).rejects.toMatchObject({
      code: "CHAINCODE",
      stage: "evaluate",
      message: expect.stringMatching(
        /^Read \(evaluate, channel main, transaction [0-9a-f]{64}\): 2 UNKNOWN: chaincode response 500, no such asset\.$/,
      ),
      peers: [organization.peers[0]!.address],
    });
    expect(calls("evaluate")).toBe(1);
  });

  it("of an endorsement is final, and says who refused", async () => {
    const details = said("chaincode response 500, no such asset");
    fail("endorse", { code: status.ABORTED, message: "failed to endorse transaction", details });
    await expect(put()).rejects.toMatchObject({
      code: "CHAINCODE",
      stage: "endorse",
      channel: "main",
      chaincode: "assets",
      functionName: "Put",
      txID: expect.stringMatching(/^[0-9a-f]{64}$/),
      grpcCode: status.ABORTED,
      details,
      message: expect.stringContaining(
        "10 ABORTED: failed to endorse transaction; peer0.org2:7051 (Org2MSP): chaincode response 500, no such asset.",
      ),
    });
    expect(calls("endorse")).toBe(1);
  });
});

describe("an endorsement", () => {
  it("is tried again when a peer was down, or the answers differ", async () => {
    const details = said("ProposalResponsePayloads do not match");
    fail("endorse", { code: status.ABORTED, details }, { code: status.ABORTED, details });
    expect(await put()).toMatchObject({ attempts: 1 });
    expect(calls("endorse")).toBe(3);
  });

  it.each([
    ["a detail", { code: status.ABORTED, details: said("ProposalResponsePayloads do not match") }],
    [
      "the message",
      {
        code: status.ABORTED,
        message: "failed to assemble transaction: ProposalResponsePayloads do not match (base64): 'YQ==' vs 'Yg=='",
      },
    ],
  ])("to which peers answer differently, as %s says, is a conflict when it stays so", async (_, fault) => {
    always("endorse", fault);
    await expect(put()).rejects.toMatchObject({ code: "CONFLICT", stage: "endorse", isOutcomeUnknown: false });
    expect([calls("endorse"), calls("submit")]).toEqual([6, 0]);
  });

  it("that peers abort without a word of others is final", async () => {
    fail("endorse", { code: status.ABORTED, message: "no" });
    await expect(put()).rejects.toMatchObject({ code: "ENDORSEMENT", stage: "endorse" });
  });

  it("is tried a few times when the policy cannot be satisfied", async () => {
    const fault = { code: status.FAILED_PRECONDITION, message: "no combination of peers can be derived" };
    fail("endorse", fault, fault);
    expect(await put()).toMatchObject({ attempts: 1 });
    always("endorse", fault);
    await expect(put()).rejects.toMatchObject({ code: "ENDORSEMENT", stage: "endorse", isOutcomeUnknown: false });
    expect(calls("endorse")).toBe(3 + 6);
  });

  it("of a transaction that is on the ledger already leads to its status", async () => {
    const details = said("chaincode response 500, duplicate transaction found [abc]. Creator [0x]");
    fail("endorse", { code: status.ABORTED, details, commits: true });
    expect(await put()).toMatchObject({ blockNumber: 1n });
    expect([calls("endorse"), calls("submit"), timesApplied()]).toEqual([1, 0, 1]);
  });

  it.each([["UNAVAILABLE"], ["CANCELLED"]] as const)("is asked of another peer at once after %s", async (code) => {
    fail("endorse", { code: status[code] });
    expect(await put()).toMatchObject({ attempts: 1 });
    expect(organization.peers.map((peer) => peer.calls.endorse)).toEqual([1, 1]);
  });

  it("that takes too long is asked of another peer", async () => {
    fail("endorse", { lost: "without a word" });
    expect(await put({ timeouts: { endorse: 1000 } })).toMatchObject({ attempts: 1 });
    expect(organization.peers.map((peer) => peer.calls.endorse)).toEqual([1, 1]);
  });

  it.each([
    ["PERMISSION_DENIED", "REFUSED"],
    ["INVALID_ARGUMENT", "REFUSED"],
    ["NOT_FOUND", "REFUSED"],
    ["INTERNAL", "REFUSED"],
  ] as const)("that ends with %s is not tried again", async (code, kind) => {
    fail("endorse", { code: status[code] });
    await expect(put()).rejects.toMatchObject({ code: kind, stage: "endorse", grpcCode: status[code] });
    expect(calls("endorse")).toBe(1);
  });

  it("that no peer answers ends with the call's time", async () => {
    for (const peer of organization.peers) peer.stop();
    await expect(put({ timeouts: { total: 3000 } })).rejects.toMatchObject({
      code: "UNAVAILABLE",
      stage: "endorse",
      isOutcomeUnknown: false,
    });
  });
});

describe("an evaluation", () => {
  it.each([["UNAVAILABLE"], ["CANCELLED"], ["DEADLINE_EXCEEDED"]] as const)(
    "is made at another peer after %s",
    async (code) => {
      fail("evaluate", { code: status[code] });
      expect(String(await client.evaluate("Read", ["a1"]))).toBe("Read:a1");
      expect(organization.peers.map((peer) => peer.calls.evaluate)).toEqual([1, 1]);
    },
  );
});

describe("a submission", () => {
  it("that the orderers refuse is final, and was not ordered", async () => {
    fail("submit", { code: status.ABORTED, message: "received unsuccessful response from orderer: FORBIDDEN" });
    await expect(put()).rejects.toMatchObject({ code: "REFUSED", stage: "submit", isOutcomeUnknown: false });
    expect([calls("submit"), timesApplied()]).toEqual([1, 0]);
  });

  it.each([["UNAVAILABLE"], ["DEADLINE_EXCEEDED"], ["CANCELLED"], ["INTERNAL"], ["UNKNOWN"]] as const)(
    "whose answer is lost by %s is asked for, and found",
    async (code) => {
      fail("submit", { lost: "answer", code: status[code] });
      expect(await put()).toMatchObject({ attempts: 1, blockNumber: 1n });
      expect([calls("submit"), timesApplied()]).toEqual([1, 1]);
    },
  );

  it("that never arrived is sent again unchanged", async () => {
    fail("submit", { code: status.UNAVAILABLE, message: "no orderers could successfully process transaction" });
    const { txID } = await put({ timeouts: { commitStatus: 150 } });
    expect(submitted()).toEqual([txID]);
    expect([calls("submit"), timesApplied()]).toEqual([2, 1]);
  });

  it("that arrived late is committed once, though it was sent again", async () => {
    organization.ledger.batchTime = 600;
    fail("submit", { lost: "without a word" });
    const { txID } = await put({ timeouts: { submit: 100, commitStatus: 150 } });
    expect(new Set(submitted())).toEqual(new Set([txID]));
    expect(submitted().length).toBeGreaterThan(1);
    await expect.poll(() => organization.ledger.blocks.length).toBe(submitted().length + 1);
    expect(timesApplied()).toBe(1);
  });

  it("that orderers took and lost is sent again unchanged", async () => {
    organization.ledger.toLose = 1;
    const { txID } = await put({ timeouts: { commitStatus: 150 } });
    expect(submitted()).toEqual([txID, txID]);
    expect(timesApplied()).toBe(1);
  });

  it("that was sent again and refused then may still be committed, so it is asked for", async () => {
    organization.ledger.batchTime = 500;
    fail("submit", { lost: "answer" }, { code: status.ABORTED, message: "refused" });
    expect(await put({ timeouts: { commitStatus: 150 } })).toMatchObject({ attempts: 1 });
    expect(timesApplied()).toBe(1);
  });

  it("whose outcome nobody knows in time is reported as such, with its ID", async () => {
    always("submit", { lost: "request" });
    always("commitStatus", { code: status.UNAVAILABLE });
    await expect(put({ timeouts: { submit: 50, total: 600 } })).rejects.toMatchObject({
      code: "OUTCOME_UNKNOWN",
      isOutcomeUnknown: true,
      txID: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });
});

describe("a commit status", () => {
  it.each<[string, Fault]>([
    ["is not answered", { lost: "without a word" }],
    ["is UNAVAILABLE", { code: status.UNAVAILABLE }],
    ["is late", { code: status.DEADLINE_EXCEEDED }],
    ["is lost", { lost: "answer" }],
  ])("that %s is asked of another peer", async (_, fault) => {
    fail("commitStatus", fault);
    expect(await put({ timeouts: { commitStatus: 200 } })).toMatchObject({ attempts: 1 });
    expect(organization.peers.map((peer) => peer.calls.commitStatus)).toEqual([1, 1]);
    expect(timesApplied()).toBe(1);
  });

  it("that a peer takes with it is asked of another peer, and nothing is sent again", async () => {
    organization.ledger.batchTime = 300;
    fail("commitStatus", { code: status.UNAVAILABLE }, { code: status.UNAVAILABLE });
    expect(await put()).toMatchObject({ attempts: 1 });
    expect([calls("commitStatus"), calls("submit")]).toEqual([3, 1]);
  });

  it("that is refused leaves the outcome unknown", async () => {
    fail("commitStatus", { code: status.PERMISSION_DENIED });
    await expect(put()).rejects.toMatchObject({
      code: "OUTCOME_UNKNOWN",
      stage: "commit status",
      grpcCode: status.PERMISSION_DENIED,
      message: expect.stringMatching(/The transaction may be committed: ask for its status by its ID\.$/),
    });
  });

  it("of a later copy is not an end: the first one decides", async () => {
    organization.ledger.nextCodes.push(9);
    const asked = put();
    await expect.poll(() => calls("commitStatus")).toBeGreaterThan(1);
    organization.ledger.correct(0);
    expect(await asked).toMatchObject({ attempts: 1 });
    expect(submitted()).toHaveLength(1);
  });
});

describe("an invalid transaction", () => {
  it.each([
    [11, "MVCC_READ_CONFLICT"],
    [12, "PHANTOM_READ_CONFLICT"],
  ])("with code %i (%s) runs again as another one", async (code) => {
    organization.ledger.nextCodes.push(code, code);
    expect(await put()).toMatchObject({ attempts: 3, blockNumber: 3n });
    expect(new Set(submitted()).size).toBe(3);
    expect(timesApplied()).toBe(1);
  });

  it.each([
    [10, "ENDORSEMENT_POLICY_FAILURE"],
    [17, "EXPIRED_CHAINCODE"],
    [18, "CHAINCODE_VERSION_CONFLICT"],
  ])("with code %i runs again once, then is reported as %s", async (code, validationCode) => {
    organization.ledger.nextCodes.push(code);
    expect(await put()).toMatchObject({ attempts: 2 });
    organization.ledger.nextCodes.push(code, code);
    await expect(put()).rejects.toMatchObject({ code: "INVALID_TRANSACTION", stage: "commit status", validationCode });
    expect(submitted()).toHaveLength(4);
  });

  it("with another code is final", async () => {
    organization.ledger.nextCodes.push(4);
    await expect(put()).rejects.toMatchObject({
      code: "INVALID_TRANSACTION",
      validationCode: "BAD_CREATOR_SIGNATURE",
      isOutcomeUnknown: false,
    });
    expect(submitted()).toHaveLength(1);
  });

  it("is given up after ten conflicts in a row", async () => {
    organization.ledger.nextCodes.push(...Array.from({ length: 10 }, () => 11));
    await expect(put()).rejects.toMatchObject({ code: "CONFLICT", validationCode: "MVCC_READ_CONFLICT" });
    expect([submitted().length, timesApplied()]).toEqual([10, 0]);
  });
});

import { status } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { BlockchainClient } from "./client.ts";
import { TestOrganization } from "./testing/testOrganization.ts";

let organization: TestOrganization;
let client: BlockchainClient;

beforeEach(async () => {
  organization = await TestOrganization.start();
  client = await organization.connect();
});
afterEach(() => organization.close());

const txID = expect.stringMatching(/^[0-9a-f]{64}$/);
const submitted = (): string[] => organization.peers.flatMap((peer) => peer.submitted);

describe("a call", () => {
  it("evaluates a function on a peer", async () => {
    organization.ledger.state.set("a1", "bob");
    expect(String(await client.evaluate("Read", ["a1"]))).toBe("bob");
  });

  it("submits a function, and returns when its transaction is committed", async () => {
    const committed = await client.submit("Put", ["a1", "bob"]);
    expect(committed).toEqual({ txID, result: Buffer.from("Put:a1,bob"), blockNumber: 1n, attempts: 1 });
    expect(organization.ledger.state.get("a1")).toBe("bob");
  });

  it("is submitted without waiting, and waited for later", async () => {
    organization.ledger.batchTime = 50;
    const handle = await client.submitAsync("Put", ["a1", "bob"]);
    expect(handle).toMatchObject({ txID, result: Buffer.from("Put:a1,bob") });
    expect(handle.status()).toEqual({ state: "pending", txID: handle.txID });
    expect(await handle.wait()).toMatchObject({ txID: handle.txID, blockNumber: 1n });
    expect(handle.status()).toEqual({ state: "committed", txID: handle.txID, blockNumber: 1n });
  });

  it("that fails after it was sent fails where one waits for it, and nowhere else", async () => {
    organization.ledger.nextCodes.push(4);
    const handle = await client.submitAsync("Put", ["a1", "bob"]);
    await expect(handle.wait()).rejects.toMatchObject({ code: "INVALID_TRANSACTION", txID: handle.txID });
    expect(handle.status()).toMatchObject({ state: "failed", error: { validationCode: "BAD_CREATOR_SIGNATURE" } });
  });

  it("is endorsed by the organizations that it names, or else by those of the configuration, or else by discovery", async () => {
    const [only] = organization.peers;
    const chosen = async (more: object, options: object) => {
      const caller = await organization.connect({ peers: [only!.address], ...more });
      await caller.submit("Put", ["a", "b"], options);
      const submit = only!.organizations;
      await caller.evaluate("Read", ["a"], options);
      return [submit, only!.organizations];
    };
    const configured = { endorsingOrganizations: ["Org2MSP"] };
    expect(await chosen({}, {})).toEqual([[], []]);
    expect(await chosen(configured, {})).toEqual([["Org2MSP"], ["Org2MSP"]]);
    expect(await chosen(configured, { endorsingOrganizations: ["Org1MSP", "Org3MSP"] })).toEqual([
      ["Org1MSP", "Org3MSP"],
      ["Org1MSP", "Org3MSP"],
    ]);
  });

  it("goes to the channel and the chaincode that it names", async () => {
    await client.submit("Put", ["a", "b"], { channel: "trades", chaincode: "cars" });
    const [transaction] = organization.ledger.blocks[1]!.transactions;
    expect(transaction!.invocation).toMatchObject({ channel: "trades", chaincode: "cars", args: ["a", "b"] });
  });

  it.each<[string, unknown[], string]>([
    ["no name", ["", []], 'configuration: the function\'s name is "", not a text.'],
    [
      "arguments that are no list",
      ["Put", "a1"],
      'configuration: the arguments of Put are not a list. Pass them as in ["asset1", "bob"].',
    ],
    [
      "a number as an argument",
      ["Put", ["a1", 5]],
      "configuration: argument 2 of Put is 5, neither a text nor bytes. Use String(value) or JSON.stringify(value).",
    ],
    [
      "a time that is none",
      ["Put", [], { timeouts: { total: NaN } }],
      "configuration: timeouts.total is NaN, not a number of milliseconds.",
    ],
    [
      "an empty key",
      ["Put", [], { idempotencyKey: "" }],
      "configuration: the idempotency key is not a text of 1 to 255 characters.",
    ],
  ])("with %s is refused before anything is sent", async (_, call, message) => {
    await expect(client.submit(...(call as Parameters<typeof client.submit>))).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message,
    });
    expect(organization.peers.map(({ calls }) => calls.endorse)).toEqual([0, 0]);
  });

  it("waits for its turn without an end where it may, and takes the times that it does not name from the configuration", async () => {
    const caller = await organization.connect({ maxInFlight: 1 });
    const put = (total: number | undefined) => caller.submit("Put", ["a", "b"], { timeouts: { total } as object });
    organization.ledger.batchTime = 50;
    await Promise.all([put(Infinity), put(Infinity), put(undefined)]);
    expect(organization.ledger.applied.get("a")).toBe(3);
  });

  it("needs a chaincode", async () => {
    const caller = await organization.connect({ chaincode: undefined });
    await expect(caller.evaluate("Read")).rejects.toThrow(
      "configuration: Read: neither the call nor the configuration names a chaincode. Write chaincode: into blockchain_client.yaml, or pass it in the call's options.",
    );
  });
});

describe("the status of a transaction", () => {
  it("is that of its block", async () => {
    organization.ledger.nextCodes.push(0, 10, 4);
    const { txID } = await client.submit("Put", ["a", "b"]);
    expect(await client.transactionStatus(txID)).toEqual({
      txID,
      isValid: true,
      validationCode: "VALID",
      blockNumber: 1n,
    });
    const error = await client.submit("Put", ["a", "b"]).catch((reason) => reason);
    expect(await client.transactionStatus(error.txID)).toMatchObject({
      isValid: false,
      validationCode: "BAD_CREATOR_SIGNATURE",
    });
  });

  it("is none for one that no peer has in time", async () => {
    expect(await client.transactionStatus("00ff", { timeout: 100 })).toBeUndefined();
  });

  it("is an error where the peers refuse to say", async () => {
    for (const peer of organization.peers) peer.constantFault = { code: status.PERMISSION_DENIED, message: "no" };
    await expect(client.transactionStatus("00ff")).rejects.toMatchObject({ stage: "commit status", txID: "00ff" });
  });
});

describe("an abort", () => {
  const cause = new Error("enough");

  it("before anything was sent says so", async () => {
    await expect(client.submit("Put", ["a", "b"], { signal: AbortSignal.abort(cause) })).rejects.toMatchObject({
      code: "ABORTED",
      stage: "queue",
      isOutcomeUnknown: false,
      cause,
    });
  });

  it.each([
    ["evaluate", "evaluate", false],
    ["endorse", "endorse", false],
    ["submit", "submit", true],
    ["commitStatus", "commit status", true],
  ] as const)(
    "during %s ends the call at once, and says whether it may be committed",
    async (method, stage, isOutcomeUnknown) => {
      for (const peer of organization.peers) peer.faults[method].push({ lost: "request" });
      const controller = new AbortController();
      const call =
        method === "evaluate"
          ? client.evaluate("Read", ["a"], controller)
          : client.submit("Put", ["a", "b"], controller);
      const rejected = expect(call).rejects.toMatchObject({
        code: "ABORTED",
        stage,
        isOutcomeUnknown,
        cause,
        channel: "main",
      });
      await expect.poll(() => organization.peers[0]!.calls[method]).toBe(1);
      controller.abort(cause);
      await rejected;
    },
  );

  it("of the waiting for a transaction leaves the transaction to the client", async () => {
    organization.ledger.batchTime = 100;
    const handle = await client.submitAsync("Put", ["a", "b"]);
    await expect(handle.wait({ signal: AbortSignal.timeout(10) })).rejects.toMatchObject({
      code: "ABORTED",
      reason: "the waiting was aborted; the client goes on with the transaction",
      isOutcomeUnknown: true,
      txID: handle.txID,
    });
    expect(await handle.wait()).toMatchObject({ txID: handle.txID });
  });

  it("comes with the end of the client", async () => {
    for (const peer of organization.peers) peer.constantFault = { lost: "request" };
    const call = client.evaluate("Read", ["a"]);
    const rejected = expect(call).rejects.toMatchObject({ code: "ABORTED", reason: "the call was aborted" });
    await expect.poll(() => organization.peers[0]!.calls.evaluate).toBe(1);
    client.close();
    await rejected;
    await expect(client.evaluate("Read", ["a"])).rejects.toMatchObject({ code: "ABORTED", stage: "queue" });
    expect(submitted()).toEqual([]);
  });
});

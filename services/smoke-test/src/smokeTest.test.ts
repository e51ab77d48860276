import { status } from "@grpc/grpc-js";
import { StatusCode } from "@hyperledger/fabric-gateway";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { Fields } from "../../common/log";
import { UnknownOutcome } from "./failure";
import { type SmokeTest, smokeTest } from "./smokeTest";
import { NetworkDouble } from "./testing/networkDouble";

let network: NetworkDouble;
let logged: (Fields & { message: string })[];
beforeEach(() => {
  network = new NetworkDouble();
  logged = [];
});
afterEach(() => network.stop());

const short = { timeout: 2_000, shortest: 5, longest: 20 };

/** Runs a test on peers, grouped by organization; the first one is the own. */
function run(organizations: SmokeTest["organizations"], changes: Partial<SmokeTest> = {}) {
  const test: SmokeTest = {
    channel: "main",
    chaincode: "asset",
    version: "1.0",
    submit: [
      ["CreateAsset", "{id}", "alice"],
      ["TransferAsset", "{id}", "bob"],
    ],
    evaluate: ["ReadAsset", "{id}"],
    organizations,
    patience: short,
    stepPatience: short,
    ...changes,
  };
  const say = (message: string, fields?: Fields) => void logged.push({ message, ...fields });
  return smokeTest(test, { debug: say, info: say, warn: say, error: say });
}

const twoOrganizations = async () => {
  const [own, other] = [await network.peer("peer0-org1"), await network.peer("peer0-org2")];
  return { own, other, both: [[own], [other]] };
};

describe("a smoke test", () => {
  it("submits the transactions in their order and has every organization read the result back", async () => {
    const { both } = await twoOrganizations();
    const result = await run(both);
    expect(network.ordered).toHaveLength(2);
    const transaction = (name: string, i: number) => ({
      function: name,
      transactionId: network.ordered[i],
      blockNumber: 7 + i,
      milliseconds: expect.any(Number),
      committedAt: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect(result).toEqual({
      channel: "main",
      chaincode: "asset",
      version: "1.0",
      transactions: [transaction("CreateAsset", 0), transaction("TransferAsset", 1)],
      readBack: [
        { organization: "org1", peer: "peer0-org1" },
        { organization: "org2", peer: "peer0-org2" },
      ],
      readAt: expect.stringMatching(/^\d{4}-.*Z$/),
      answer: "TransferAsset bob",
    });
  });

  it("uses a new ID in each run", async () => {
    const { both } = await twoOrganizations();
    const evaluate = { evaluate: ["ReadAsset", "none of {id}"] as const };
    const ids = await Promise.all([1, 2].map(() => run(both, evaluate).catch((error: Error) => error.message)));
    expect(ids[0]).toMatch(/"none of smoke-test-[0-9a-f]{16}" does not exist/);
    expect(ids[1]).not.toBe(ids[0]);
  });

  it("waits until its version of the chaincode is committed, and submits nothing before", async () => {
    const { both } = await twoOrganizations();
    network.committedVersion = undefined;
    const running = run(both);
    await expect.poll(() => JSON.stringify(logged)).toContain("namespace asset is not defined");
    network.committedVersion = "0.9";
    await expect.poll(() => JSON.stringify(logged)).toContain("peer0-org1 has committed version 0.9");
    expect(network.ordered).toEqual([]);
    network.committedVersion = "1.0";
    await expect(running).resolves.toMatchObject({ answer: "TransferAsset bob" });
  });

  it("waits for every organization, also for one that has just been added", async () => {
    const { other, both } = await twoOrganizations();
    other.script.committedVersion = "0.9";
    const running = run(both);
    await expect.poll(() => JSON.stringify(logged)).toContain("peer0-org2 has committed version 0.9");
    expect(network.ordered).toEqual([]);
    delete other.script.committedVersion;
    await expect(running).resolves.toMatchObject({ answer: "TransferAsset bob" });
  });

  it("gives up when the chaincode is not committed in time, and says where to look", async () => {
    const { both } = await twoOrganizations();
    network.committedVersion = undefined;
    await expect(run(both, { patience: { ...short, timeout: 50 } })).rejects.toThrow(
      new RegExp(
        "^Waiting for chaincode asset 1\\.0 to be committed on channel main failed \\(waiting\\): peer0-org[12]: chaincode response " +
          "404, namespace asset is not defined, after 0 s\\. The conditions of its Channel and its Chaincode say what is missing; " +
          "apply again to run the test anew\\.$",
      ),
    );
  });
});

describe("a transaction", () => {
  it("that conflicted with another is run again as a new one", async () => {
    const { both } = await twoOrganizations();
    network.codes.push(StatusCode.MVCC_READ_CONFLICT, StatusCode.PHANTOM_READ_CONFLICT);
    const { transactions } = await run(both);
    expect(new Set(network.ordered).size).toBe(4);
    expect(transactions[0]).toMatchObject({ transactionId: network.ordered[2], blockNumber: 9 });
  });

  it("that conflicts again and again is given up", async () => {
    const { both } = await twoOrganizations();
    network.codes.push(...Array.from({ length: 9 }, () => StatusCode.MVCC_READ_CONFLICT));
    await expect(run(both)).rejects.toThrow(/the peers found it invalid: MVCC_READ_CONFLICT \(attempt 5\)/);
    expect(network.ordered).toHaveLength(5);
  });

  it.each([
    ["ENDORSEMENT_POLICY_FAILURE", 2],
    ["BAD_CREATOR_SIGNATURE", 1],
  ] as const)("that ends with %s is ordered %i times", async (name, times) => {
    const { both } = await twoOrganizations();
    network.codes.push(...Array.from({ length: 9 }, () => StatusCode[name]));
    await expect(run(both)).rejects.toThrow(
      `CreateAsset failed (commit status, transaction ${network.ordered.at(-1) ?? ""}`,
    );
    expect(network.ordered).toHaveLength(times);
  });

  it("that the chaincode refuses is not run again, and tells what each endorser said", async () => {
    const { own, both } = await twoOrganizations();
    const refusal = {
      code: status.ABORTED,
      message: "failed to endorse",
      endorsers: ["chaincode response 500, the owner is missing", "peer is down"],
    };
    own.script.endorse.push(refusal);
    await expect(run(both)).rejects.toThrow(
      /^CreateAsset failed \(endorse, transaction [0-9a-f]{64}\): .*failed to endorse: peer0-org1:7051 \(Org1MSP\): chaincode response 500, the owner is missing; peer0-org2:7051 \(Org2MSP\): peer is down$/,
    );
    expect(network.ordered).toEqual([]);
  });

  it.each([
    ["UNAVAILABLE", "no way to it"],
    ["DEADLINE_EXCEEDED", "too slow"],
    ["FAILED_PRECONDITION", "no combination of peers"],
    ["ABORTED", "ProposalResponsePayloads do not match"],
    ["UNKNOWN", "too many requests for /gateway.Gateway, exceeding concurrency limit (500)"],
  ] as const)("whose endorsement fails with %s, %s, is run again", async (code, message) => {
    const { own, both } = await twoOrganizations();
    own.script.endorse.push({ code: status[code], message, endorsers: ["peer is down"] });
    await expect(run(both)).resolves.toMatchObject({ answer: "TransferAsset bob" });
    expect(network.ordered).toHaveLength(2);
  });

  it("goes through another peer of the organization when one is gone", async () => {
    const { own, other } = await twoOrganizations();
    own.stop();
    const second = await network.peer("peer1-org1");
    await expect(run([[own, second], [other]])).resolves.toMatchObject({
      readBack: [{ peer: "peer1-org1" }, { peer: "peer0-org2" }],
    });
  });

  it("whose submission has an unknown outcome is asked for and not ordered again", async () => {
    const { own, both } = await twoOrganizations();
    own.script.submit.push({ code: status.DEADLINE_EXCEEDED, message: "no answer" });
    own.script.commitStatus.push({ code: status.UNAVAILABLE, message: "away for a moment" });
    const { transactions } = await run(both);
    expect(network.ordered).toEqual(transactions.map(({ transactionId }) => transactionId));
  });

  it("that orderers have lost is sent again as it is", async () => {
    const { own, both } = await twoOrganizations();
    own.script.submit.push({ code: status.UNAVAILABLE, message: "no leader", lost: true });
    own.script.commitStatus.push({ code: status.DEADLINE_EXCEEDED, message: "not committed" });
    const { transactions } = await run(both);
    expect(network.ordered).toEqual(transactions.map(({ transactionId }) => transactionId));
    expect(JSON.stringify(logged)).toContain("sending the same transaction again");
  });

  it("whose outcome remains unknown is reported with its ID", async () => {
    const { own, both } = await twoOrganizations();
    own.script.submit.push(
      ...Array.from({ length: 99 }, () => ({ code: status.UNAVAILABLE, message: "no orderers", lost: true })),
    );
    own.script.commitStatus.push(
      ...Array.from({ length: 99 }, () => ({ code: status.DEADLINE_EXCEEDED, message: "not committed" })),
    );
    const running = run(both, { stepPatience: { ...short, timeout: 100 } });
    await expect(running).rejects.toBeInstanceOf(UnknownOutcome);
    await expect(running).rejects.toThrow(
      /CreateAsset failed \(commit status, transaction [0-9a-f]{64}\): its outcome is unknown, .*not committed/,
    );
    expect(network.ordered).toEqual([]);
  });

  it("that the orderers refuse is not sent again", async () => {
    const { own, both } = await twoOrganizations();
    own.script.submit.push({
      code: status.ABORTED,
      message: "received unsuccessful response from orderer",
      lost: true,
    });
    await expect(run(both)).rejects.toThrow(/CreateAsset failed \(submit, transaction .*unsuccessful response/);
    expect(network.ordered).toEqual([]);
  });
});

describe("reading back", () => {
  it("waits for a peer that lags behind", async () => {
    const own = await network.peer("peer0-org1");
    const slow = await network.peer("peer0-org2", { lag: 200 });
    slow.script.commitStatus.push({ code: status.DEADLINE_EXCEEDED, message: "not committed yet" });
    await expect(run([[own], [slow]])).resolves.toMatchObject({ answer: "TransferAsset bob" });
  });

  it("gives up on a peer that does not catch up, and names it", async () => {
    const { both, other } = await twoOrganizations();
    other.script.commitStatus.push(
      ...Array.from({ length: 99 }, () => ({ code: status.DEADLINE_EXCEEDED, message: "not committed" })),
    );
    await expect(run(both, { stepPatience: { ...short, timeout: 100 } })).rejects.toThrow(
      /ReadAsset failed \(read back\): peer0-org2 has not caught up with transaction [0-9a-f]{64}: .*not committed/,
    );
  });

  it("reports the answers of two organizations that differ", async () => {
    const own = await network.peer("peer0-org1");
    const other = await network.peer("peer0-org2", { answer: "TransferAsset eve" });
    await expect(run([[own], [other]])).rejects.toThrow(
      "ReadAsset failed (read back): the ledgers differ: peer0-org1 of org1 answers TransferAsset bob, peer0-org2 of org2 " +
        "answers TransferAsset eve",
    );
  });

  it("asks again when a peer is away for a moment, and not when it refuses", async () => {
    const { both, other } = await twoOrganizations();
    other.script.query.push({ code: status.UNAVAILABLE, message: "restarting" });
    await expect(run(both)).resolves.toMatchObject({ answer: "TransferAsset bob" });
    other.script.query.push({ code: status.UNKNOWN, message: "access denied: channel [main]" });
    await expect(run(both)).rejects.toThrow(/ReadAsset failed \(evaluate\): peer0-org2: .*access denied/);
  });
});

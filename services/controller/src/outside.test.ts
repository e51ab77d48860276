/** What changes in Fabric without the controller. */
import { addOrganization } from "@baas/fabric";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { CaError } from "../../common/fabricCa/caError";
import { unexpectedFailure } from "./failures";
import { RunningController } from "./testing/runningController";

let controller: RunningController;

beforeEach(async () => {
  controller = await RunningController.start();
  await controller.bringUp();
});

afterEach(() => controller.stop());

const fabric = () => controller.network.fabric;
const committed = () => fabric().committed("main", "asset");

/** Replaces a peer's pod by one without a volume, and has Kubernetes say so. */
async function loseVolume(name: string): Promise<void> {
  await controller.network.node(name, 1);
  fabric().loseVolume(name);
  await controller.network.node(name, 2);
}

describe("a peer that has lost its volume", () => {
  it("is back on the channel within seconds, with the chaincode, although both were ready", async () => {
    await loseVolume("peer1-org1");
    const { joined, installed } = fabric().peers.get("peer1-org1")!;
    await vi.waitFor(() => expect([[...joined], installed.size]).toEqual([["main"], 1]), { timeout: 5000 });
    await controller.channel("True Joined");
    await controller.chaincode("True Committed", 5000);
  });

  it("and with it its organization's approvals is committed as before, and takes the next version", async () => {
    await loseVolume("peer0-org2");
    await vi.waitFor(() => expect([...fabric().peers.get("peer0-org2")!.joined]).toEqual(["main"]), { timeout: 5000 });
    await controller.channel("True Joined");
    await controller.chaincode("True Committed", 5000);
    await controller.network.startServers("2.0", controller.spec.organizations);
    controller.network.applyChaincode("2.0");
    await vi.waitFor(() => expect(committed()).toEqual({ sequence: 2, version: "2.0" }), { timeout: 15_000 });
    await controller.chaincode("True Committed");
  });

  it("approves nothing on the old state of a channel that it catches up with", async () => {
    const state = fabric().peers.get("peer0-org2")!;
    state.isBehind = true;
    const before = fabric().calls.length;
    await loseVolume("peer0-org2");
    expect(await controller.chaincode("False ChannelNotReady", 5000)).toMatch(/not joined|still catching up/);
    await vi.waitFor(
      async () => expect(await controller.chaincode("False ChannelNotReady")).toContain("org2 are still catching up"),
      { timeout: 5000 },
    );
    expect(fabric().calls.slice(before)).not.toContain("peer0-org2 ApproveChaincodeDefinitionForMyOrg");
    state.isBehind = false;
    await controller.chaincode("True Committed", 5000);
  });

  it("and with it an approval of what was not committed needs that version once more, and says so", async () => {
    for (const { name } of controller.spec.organizations) await controller.network.server("2.0", name, { tls: null });
    controller.network.applyChaincode("2.0");
    await controller.chaincode("False ServerWithoutTls", 15_000);
    await loseVolume("peer0-org2");
    controller.network.applyChaincode("3.0");
    await controller.network.startServers("3.0", controller.spec.organizations);
    const message = await controller.chaincode("False Rejected", 15_000);
    expect(message).toContain("have lost its approval of sequence 2");
    await controller.network.startServers("2.0", controller.spec.organizations);
    controller.network.applyChaincode("2.0");
    await controller.chaincode("True Committed", 15_000);
    controller.network.applyChaincode("3.0");
    await vi.waitFor(() => expect(committed()).toEqual({ sequence: 3, version: "3.0" }), { timeout: 15_000 });
  }, 60_000);

  it("and does not join again shows at the channel and the chaincode, and both recover soon when it does", async () => {
    fabric().isAway = (call) => call === "peer1-org1 JoinChain";
    await loseVolume("peer1-org1");
    expect(await controller.channel("False NodeUnavailable", 3000)).toContain("peer1-org1");
    await controller.chaincode("False ChannelNotReady", 5000);
    fabric().isAway = () => false;
    await controller.channel("True Joined", 5000);
    await controller.chaincode("True Committed", 5000);
  });

  it("delays no upgrade: what waits for the channel looks again although the channel stays ready", async () => {
    // The peer joins without any change that a watch would report.
    fabric().loseVolume("peer1-org1");
    await controller.network.startServers("2.0", controller.spec.organizations);
    controller.network.applyChaincode("2.0");
    await controller.chaincode("False ChannelNotReady");
    fabric().peers.get("peer1-org1")!.joined.add("main");
    await controller.chaincode("True Committed", 15_000);
    expect(committed()).toEqual({ sequence: 2, version: "2.0" });
  });
});

describe("a member that was added by hand", () => {
  beforeEach(async () => {
    const [org1] = fabric().description("main").application.organizations;
    const msp = { ...org1!.msp, mspId: "org9MSP" };
    fabric().configureByHand("main", addOrganization({ name: "org9", msp }));
  });

  it("shows at the channel with the remedy, and everything else goes on", async () => {
    await loseVolume("peer1-org1");
    expect(await controller.channel("False RemovalNotSupported")).toMatch(
      /The channel has organization org9, which the spec does not name.*put it into the stack file, or take it out/,
    );
    await vi.waitFor(() => expect(fabric().peers.get("peer1-org1")!.joined).toContain("main"));
    await controller.network.startServers("2.0", controller.spec.organizations);
    controller.network.applyChaincode("2.0");
    await controller.chaincode("True Committed", 15_000);
    expect(committed()).toEqual({ sequence: 2, version: "2.0" });
  });
});

describe("a batch that is refused", () => {
  const withBatch = (batch: object) => ({ ...controller.spec, batch: { ...controller.spec.batch, ...batch } });

  it.each([
    ["by the orderers", { maxMessages: 10 }, "the orderer's words"],
    ["as contradictory", { preferredMaxBytes: "20Mi" }, "preferredMaxBytes is at least 1 and at most absoluteMaxBytes"],
    ["as too large for protobuf", { absoluteMaxBytes: "5000Mi" }, "absoluteMaxBytes is at most 4294967295"],
  ])("%s shows at the channel, and a new organization joins all the same", async (_, batch, words) => {
    fabric().refusal = ({ orderer }) => (orderer.batch.maxMessages === 10 ? "the orderer's words" : undefined);
    const organizations = [...controller.spec.organizations, await controller.network.member("org3", "peer0")];
    controller.network.applyChannel({ ...withBatch(batch), organizations });
    const message = await controller.channel("False BatchRefused");
    expect(message).toContain(words);
    expect(message).toContain("Correct batch in the stack file");
    await vi.waitFor(() => expect(fabric().peers.get("peer0-org3")!.joined).toContain("main"));
    const { orderer, application } = fabric().description("main");
    expect(orderer.batch).toMatchObject({ maxMessages: 500, absoluteMaxBytes: 10485760 });
    expect(application.organizations.map(({ name }) => name)).toContain("org3");
    controller.network.applyChannel({ ...controller.spec, organizations });
    await controller.channel("True Joined");
  });
});

describe("a definition that was committed by hand", () => {
  it("with private data collections keeps them at the next version, and the chaincode says so", async () => {
    const collections = [{ name: "secrets", policy: "OR('org1MSP.member', 'org2MSP.member')" }];
    fabric().commitByHand("main", { name: "asset", version: "1.0", collections });
    await controller.network.startServers("2.0", controller.spec.organizations);
    controller.network.applyChaincode("2.0");
    const message = await controller.chaincode("True Committed", 15_000);
    expect(message).toContain("asset 2.0 is committed with sequence 3 on channel main");
    expect(message).toContain("Its private data collections secrets were committed by other means. They are kept");
  });

  it.each([
    ["another sequence", {}, 2],
    ["another version", { version: "by-hand" }, 3],
    ["another policy", { endorsementPolicy: "OR('org1MSP.peer')" }, 3],
  ])("as %s is followed by the definition of the spec", async (_, changes, sequence) => {
    fabric().commitByHand("main", { name: "asset", version: "1.0", ...changes });
    // Something that has the chaincode looked at; otherwise it is within a minute. A commit waits until servers run for 5 s.
    await controller.network.node("peer0-org1", 2);
    await vi.waitFor(() => expect(committed()).toEqual({ sequence, version: "1.0" }), { timeout: 15_000 });
    await controller.chaincode("True Committed");
  });
});

describe("an error that nobody has foreseen", () => {
  it("of the protobuf library is told in words, with what to do", () => {
    const { reason, message, retry } = unexpectedFailure(new Error("Assertion failed"));
    expect([reason, retry]).toEqual(["ReconcileFailed", true]);
    expect(message).toMatch(
      /^A value of the spec or of Fabric is out of its range \(Assertion failed\)\. The controller tries again/,
    );
    expect(unexpectedFailure(new CaError("Refused", "CA ca: no")).message).toMatch(/^CA ca: no\. The controller/);
  });
});

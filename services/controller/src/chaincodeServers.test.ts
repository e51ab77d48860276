import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { RunningController } from "./testing/runningController";

let controller: RunningController;

beforeEach(async () => {
  controller = await RunningController.start();
  controller.network.applyChannel(controller.spec);
  await controller.channel("True Joined");
  await controller.network.startServers("1.0", controller.spec.organizations);
});

afterEach(() => controller.stop());

/** Version and sequence on the ledger. */
const committed = () => controller.network.fabric.committed("main", "asset");

describe("a chaincode", () => {
  it("whose server speaks without TLS is not committed, says so, and is when the server does", async () => {
    await controller.network.server("1.0", "org2", { tls: null });
    controller.network.applyChaincode("1.0");
    expect(await controller.chaincode("False ServerWithoutTls")).toMatch(
      /^Chaincode server asset-1-0-org2 of org2 at \S+ cannot be called by peers: it speaks without TLS\. Have the chaincode serve with TLS/,
    );
    expect(committed()).toBeUndefined();
    await controller.network.server("1.0", "org2");
    await controller.chaincode("True Committed");
  });

  it("whose server's certificate is from another organization's CA says so", async () => {
    await controller.network.server("1.0", "org2", { tls: "org1" });
    controller.network.applyChaincode("1.0");
    expect(await controller.chaincode("False ServerCertificateInvalid")).toContain(
      "its TLS certificate was not issued by its organization's TLS CA",
    );
  });

  it("whose server runs under another package's ID says so", async () => {
    await controller.network.server("1.0", "org1", { packageId: "asset_0.9:0123" });
    controller.network.applyChaincode("1.0");
    expect(await controller.chaincode("False ServerOfAnotherPackage")).toMatch(
      /it runs under the ID asset_0\.9:0123, not asset_1\.0:[0-9a-f]{64}\. Have the chaincode take its ID from CHAINCODE_ID/,
    );
  });

  it("whose server does not answer says so, and is ready when it does", async () => {
    controller.network.servers.get("asset-1-0-org1")!.close();
    controller.network.applyChaincode("1.0");
    expect(await controller.chaincode("False ServerUnreachable")).toContain("no connection (ECONNREFUSED)");
    await controller.network.server("1.0", "org1");
    await controller.chaincode("True Committed");
  });

  it("that is ready stops being so within seconds when its server comes back without TLS, or is away", async () => {
    controller.network.applyChaincode("1.0");
    await controller.chaincode("True Committed");
    await controller.network.server("1.0", "org1", { tls: null });
    await controller.chaincode("False ServerWithoutTls", 10_000);
    await controller.network.server("1.0", "org1", "none");
    await controller.chaincode("False ServerNotReady", 10_000);
    await controller.network.server("1.0", "org1");
    await controller.chaincode("True Committed", 10_000);
  });

  it("keeps its former version while the servers of the new one speak without TLS", async () => {
    controller.network.applyChaincode("1.0");
    await controller.chaincode("True Committed");
    for (const { name } of controller.spec.organizations) await controller.network.server("2.0", name, { tls: null });
    controller.network.applyChaincode("2.0");
    await controller.chaincode("False ServerWithoutTls");
    expect(committed()).toEqual({ sequence: 1, version: "1.0" });
  });
});

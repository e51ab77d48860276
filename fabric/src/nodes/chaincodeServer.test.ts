import { createServer, type Server } from "node:net";

import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { ChaincodeServerDouble, type ChaincodeServerDoubleOptions } from "../testing/chaincodeServerDouble";
import { type KeyPair, TestCa } from "../testing/testCertificates";
import { askChaincodeServer, type ChaincodeServer } from "./chaincodeServer";

const packageId = "asset_1.0:0123";
let ca: TestCa;
let another: TestCa;
let tls: KeyPair;
let server: ChaincodeServerDouble | undefined;

beforeAll(() => {
  ca = new TestCa("tlsca.org1");
  another = new TestCa("tlsca.org2");
  tls = ca.issue("asset");
});

afterAll(() => {
  ca.close();
  another.close();
});

afterEach(() => server?.close());

async function ask(options: ChaincodeServerDoubleOptions, more: Partial<ChaincodeServer> = {}) {
  server = await ChaincodeServerDouble.start(options);
  const { port } = server;
  const root = ca.certificate;
  return askChaincodeServer({ host: "127.0.0.1", port, serverName: "localhost", tlsRootCertificates: root, ...more });
}

describe("a chaincode server", () => {
  it("registers with the ID of its package, again and again", async () => {
    expect(await ask({ packageId, tls })).toEqual({ packageId });
    const { port } = server!;
    const same = { host: "127.0.0.1", port, serverName: "localhost", tlsRootCertificates: ca.certificate };
    expect(await askChaincodeServer(same)).toEqual({ packageId });
    expect(server!.calls).toBe(2);
  });

  it("without TLS is told apart from one that is away", async () => {
    expect(await ask({ packageId })).toEqual({ fault: "noTls", reason: "it speaks without TLS" });
    server!.close();
    const { port } = server!;
    const away = { host: "127.0.0.1", port, serverName: "localhost", tlsRootCertificates: ca.certificate };
    expect(await askChaincodeServer(away)).toEqual({
      fault: "unreachable",
      reason: "no connection (ECONNREFUSED)",
    });
  });

  it("with a certificate of another CA or for another name says which", async () => {
    expect(await ask({ packageId, tls: another.issue("asset") })).toEqual({
      fault: "certificate",
      reason: expect.stringMatching(/^its TLS certificate was not issued by its organization's TLS CA \(/),
    });
    server!.close();
    expect(await ask({ packageId, tls }, { serverName: "asset-1-0-org1" })).toEqual({
      fault: "certificate",
      reason: "its TLS certificate is for DNS:localhost, IP Address:127.0.0.1, not for asset-1-0-org1",
    });
  });

  it("that wants a certificate of the peer says so", async () => {
    expect(await ask({ packageId, tls, clientRoot: ca.certificate })).toEqual({
      fault: "certificate",
      reason: "it asks the peer for a TLS certificate, which the chaincode's package does not give",
    });
  });

  it("that is none, or does not register, says so", async () => {
    expect(await ask({ isAnotherProgram: true, tls })).toEqual({
      fault: "noChaincode",
      reason: "another program than chaincode answers",
    });
    server!.close();
    expect(await ask({ tls }, { timeoutMs: 500 })).toEqual({
      fault: "noChaincode",
      reason: "it takes the call, but does not register",
    });
  });

  it("that takes connections and says nothing is unreachable within the time", async () => {
    const silent: Server = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as { port: number };
    const started = Date.now();
    const asked = { host: "127.0.0.1", port, serverName: "localhost", tlsRootCertificates: ca.certificate };
    expect(await askChaincodeServer({ ...asked, timeoutMs: 300 })).toEqual({
      fault: "unreachable",
      reason: "it does not answer the TLS handshake (ETIMEDOUT)",
    });
    expect(Date.now() - started).toBeLessThan(2000);
    silent.close();
  });
});

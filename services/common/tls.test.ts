import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createServer as createTcpServer, type Server } from "node:net";
import { createServer } from "node:tls";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { commonName } from "./certificates";
import { freePort } from "./testing/freePort";
import { type Life, TestCa } from "./testing/testCa";
import { certificateFault, shownCertificate } from "./tls";

let ca: TestCa;
let server: Server | undefined;
beforeEach(async () => {
  ca = await TestCa.make("root");
});
afterEach(() => void server?.close());

/** Starts a server, and returns its port. */
async function serve(hosts: readonly string[], life?: Life): Promise<number> {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const cert = await ca.issue(privateKey, "node0", hosts, life);
  return listen(createServer({ key: privateKey.export({ type: "pkcs8", format: "pem" }), cert }));
}

async function listen(wanted: Server): Promise<number> {
  server = wanted.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

const ask = (port: number, host = "127.0.0.1", timeout = 5000) =>
  shownCertificate({ host, port, root: ca.pem, timeout });
const refusal = (asked: Promise<unknown>): Promise<NodeJS.ErrnoException> =>
  asked.then(
    () => Promise.reject(new Error("it was shown")),
    (error: NodeJS.ErrnoException) => error,
  );

describe("the certificate that a server shows", () => {
  it("is read where it is valid for the name or the address", async () => {
    const port = await serve(["localhost", "127.0.0.1"]);
    for (const host of ["localhost", "127.0.0.1"]) expect(commonName(await ask(port, host))).toBe("node0");
  });

  it("is unfit when it is for other hosts, or out of date", async () => {
    const elsewhere = await serve(["elsewhere"]);
    expect(certificateFault((await refusal(ask(elsewhere))).code)).toBe("unfit");
    server?.close();
    const expired = await serve(["127.0.0.1"], { from: -3, until: -1 });
    expect(certificateFault((await refusal(ask(expired))).code)).toBe("unfit");
  });

  it("is untrusted when it comes from another root", async () => {
    const port = await serve(["127.0.0.1"]);
    ca = await TestCa.make("another root");
    expect(certificateFault((await refusal(ask(port))).code)).toBe("untrusted");
  });
});

describe("a server that shows none", () => {
  it("is not at fault by its certificate where nobody listens", async () => {
    const { code } = await refusal(ask(await freePort()));
    expect([code, certificateFault(code)]).toEqual(["ECONNREFUSED", undefined]);
  });

  it("is given up when it stays silent", async () => {
    const port = await listen(createTcpServer());
    const { code, message } = await refusal(ask(port, "127.0.0.1", 50));
    expect([code, certificateFault(code), message]).toEqual(["ETIMEDOUT", undefined, "no answer within 50 ms"]);
  });
});

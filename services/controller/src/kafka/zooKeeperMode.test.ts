import { createServer, type Server, type TLSSocket } from "node:tls";

import { afterEach, beforeEach, expect, it } from "vitest";

import { certificateRequest } from "../../../common/certificateRequest";
import { newPrivateKey, parsePrivateKey } from "../../../common/keys";
import { TestCa } from "../../../common/testing/testCa";
import { zooKeeperMode } from "./zooKeeperMode";

let ca: TestCa;
let server: Server;
let tls: { ca: string; cert: string; key: string };
let answer: (socket: TLSSocket, command: string) => void;

/** A key, and a certificate for it. */
async function issued(name: string, hosts: string[]): Promise<{ cert: string; key: string }> {
  const key = newPrivateKey();
  return { key, cert: await ca.sign(await certificateRequest(parsePrivateKey(key)!, name, hosts), "client") };
}

beforeEach(async () => {
  ca = await TestCa.make("kafka");
  tls = { ca: ca.pem, ...(await issued("controller", [])) };
  const options = { ...(await issued("zookeeper0", ["localhost"])), ca: ca.pem, requestCert: true };
  server = createServer(options, (socket) => {
    socket.on("error", () => undefined);
    socket.once("data", (data) => answer(socket, data.toString()));
  });
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
});
afterEach(() => server.close());

const ask = (timeout = 5_000) =>
  zooKeeperMode({ host: "localhost", port: (server.address() as { port: number }).port, tls, timeout });

it("a ZooKeeper that serves says its part", async () => {
  answer = (socket, command) => {
    socket.write(`Zookeeper version: 3.8.4, asked ${command}\nLatency min/avg/max: 0/0.0/0\n`);
    setTimeout(() => socket.end("Zxid: 0x100000000\nMode: leader\nNode count: 5\n"), 20);
  };
  expect(await ask()).toBe("leader");
});

it("a ZooKeeper without a majority has none", async () => {
  answer = (socket) => socket.end("This ZooKeeper instance is not currently serving requests\n");
  expect(await ask()).toBeUndefined();
});

it("a ZooKeeper that says nothing, takes too long or has a certificate of another CA does not answer", async () => {
  answer = (socket) => socket.end();
  await expect(ask()).rejects.toThrow("it has closed the connection without an answer");
  answer = () => undefined;
  await expect(ask(100)).rejects.toThrow("no answer within 100 ms");
  tls = { ...tls, ca: (await TestCa.make("other")).pem };
  await expect(ask()).rejects.toThrow(/certificate/);
});

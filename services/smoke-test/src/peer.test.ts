import { createPrivateKey, generateKeyPairSync } from "node:crypto";

import { credentials } from "@grpc/grpc-js";
import { afterEach, beforeEach, expect, it } from "vitest";

import { MovingNode } from "../../../fabric/src/testing/movingNode";
import { Peer } from "./peer";

let node: MovingNode;
let peer: Peer;

beforeEach(async () => {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const identity = {
    mspId: "Org1MSP",
    certificate: "",
    key: createPrivateKey(privateKey.export({ type: "pkcs8", format: "pem" })),
  };
  node = await MovingNode.start();
  const root = credentials.createSsl(Buffer.from(node.tlsRootCertificates));
  peer = new Peer({ organization: "org1", name: "peer0", address: node.address }, root, identity);
});
afterEach(() => {
  peer.close();
  node.stop();
});

const query = () => peer.query("main", "asset", "ReadAsset", ["a"]);

it("a peer that was restarted at another address is found before half a minute is over", async () => {
  await node.secondsUntil(query);
  node.restart();
  expect(await node.secondsUntil(query)).toBeLessThan(25);
});

it("a peer that has vanished without a word, and is at another address, is found within two minutes", async () => {
  await node.secondsUntil(query);
  node.vanish();
  expect(await node.secondsUntil(query)).toBeLessThan(120);
});

it("a peer that did not answer a try to connect while it restarted is found before half a minute is over", async () => {
  await node.secondsUntil(query);
  node.restartWithoutAnswer();
  expect(await node.secondsUntil(query)).toBeLessThan(25);
});

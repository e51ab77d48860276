import { peer } from "@hyperledger/fabric-protos";
import { afterEach, beforeEach, expect, it } from "vitest";

import { MovingNode } from "../testing/movingNode";
import { Connection, unused } from "./connection";

let node: MovingNode;
let connection: Connection;
let client: peer.EndorserClient;

beforeEach(async () => {
  node = await MovingNode.start();
  const { address, tlsRootCertificates } = node;
  connection = new Connection({ name: "peer0", organization: "org1", address, tlsRootCertificates, timeoutMs: 10_000 });
  client = new peer.EndorserClient(address, unused, connection.clientOptions);
});
afterEach(() => {
  connection.close();
  node.stop();
});

const call = () =>
  new Promise<void>((resolve, reject) => {
    client.processProposal(new peer.SignedProposal(), connection.callOptions(), (error) =>
      error ? reject(error as Error) : resolve(),
    );
  });

it("a node that was restarted at another address is found before half a minute is over", async () => {
  await node.secondsUntil(call);
  node.restart();
  expect(await node.secondsUntil(call)).toBeLessThan(25);
});

it("a node that has vanished without a word, and is at another address, is found within two minutes", async () => {
  await node.secondsUntil(call);
  node.vanish();
  expect(await node.secondsUntil(call)).toBeLessThan(120);
});

it("a node that did not answer a try to connect while it restarted is found before half a minute is over", async () => {
  await node.secondsUntil(call);
  node.restartWithoutAnswer();
  expect(await node.secondsUntil(call)).toBeLessThan(25);
});

/** Peers that fall silent: their connections stay open, and nothing comes back. */
import { status } from "@grpc/grpc-js";
import { afterEach, beforeEach, expect, it } from "vitest";

import { SilentProxyDouble } from "../testing/silentProxyDouble.ts";
import { TestOrganization } from "../testing/testOrganization.ts";

let organization: TestOrganization;
beforeEach(async () => {
  organization = await TestOrganization.start(2);
});
afterEach(() => organization.close());

it("hold a call up only until another peer has answered, and are left out", async () => {
  const [silent] = organization.peers;
  silent!.constantFault = { lost: "request" };
  const client = await organization.connect({ timeouts: { endorse: 3000 } });
  await client.submit("Put", ["a", "b"]);
  expect(client.peers()[0]).toMatchObject({ inFlight: 1, failures: 1 });
  while (client.peers()[0]!.state === "well") await client.submit("Put", ["a", "b"]);
  expect(organization.ledger.applied.get("a")).toBe(organization.ledger.blocks.length - 1);
});

it("do not hide what the chaincode says at another one", async () => {
  const [silent, other] = organization.peers;
  silent!.constantFault = { lost: "request" };
  other!.faults.endorse.push({
    code: status.ABORTED,
    details: [{ address: other!.address, mspId: "Org1MSP", message: "chaincode response 500, no" }],
  });
  const client = await organization.connect({ timeouts: { endorse: 3000 } });
  await expect(client.submit("Put", ["a", "b"])).rejects.toMatchObject({ code: "CHAINCODE" });
  expect(client.peers()[0]).toMatchObject({ inFlight: 1 });
});

it("come back by a new connection, whatever becomes of the old one", async () => {
  const proxy = await SilentProxyDouble.start(organization.peers[0]!.port);
  const peers = [proxy.address, organization.peers[1]!.address];
  const client = await organization.connect({ peers, timeouts: { evaluate: 600 } });
  const read = () => client.evaluate("Read", ["a"]);
  await read();
  proxy.fallSilent();
  while (client.peers()[0]!.state === "well") await read();
  while (client.peers()[0]!.state !== "well") await read();
  proxy.stop();
});

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
  expect(client.peers()[0]).toMatchObject({ failures: 1 });
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
});

it("get no more of a call that has ended", async () => {
  const [silent] = organization.peers;
  silent!.constantFault = { lost: "request" };
  const client = await organization.connect({ timeouts: { evaluate: 6000 } });
  await client.evaluate("Read", ["a"]);
  client.close();
  await expect.poll(() => client.peers()[0]).toMatchObject({ inFlight: 0, failures: 1 });
  await expect.poll(() => silent!.active).toBe(0);
});

it("are not taken for well where callers give up waiting", async () => {
  const [silent] = organization.peers;
  const client = await organization.connect({ timeouts: { evaluate: 300 } });
  silent!.constantFault = { lost: "request" };
  while (client.peers()[0]!.state === "well") await client.evaluate("Read", ["a"]);
  const { evaluate: before } = silent!.calls;
  const hurried = () => ({ timeouts: { evaluate: 60_000 }, signal: AbortSignal.timeout(100) });
  while (silent!.calls.evaluate === before) await client.evaluate("Read", ["a"], hurried()).catch(() => {});
  expect(client.peers()[0]!.state).not.toBe("well");
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

import { afterAll, beforeAll, expect, it } from "vitest";

import { TestServer } from "../testing/testServer";

let server: TestServer;
beforeAll(async () => {
  server = await TestServer.start({ lease: 600 });
  const timeouts = { total: 1500, commitStatus: 300 };
  await server.restart({ identities: { app: server.organization.writeConfiguration("hasty.yaml", { timeouts }) } });
});
afterAll(() => server.stop());

it("goes on with a call whose outcome was not known in time, until it is", async () => {
  server.organization.ledger.loses = () => true;
  const { status, body } = await server.call("submit", "CreateAsset", ["a1", "alice"]);
  expect([status, body.state]).toEqual([202, "pending"]);
  server.organization.ledger.loses = () => false;
  const state = async () => (await server.send(`/v1/submissions/${body.id}`)).body.state;
  await expect.poll(state, { timeout: 20_000 }).toBe("committed");
  expect(server.organization.ledger.state.get("a1")).toBe('{"owner":"alice"}');
});

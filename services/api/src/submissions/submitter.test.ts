import { DatabaseSync } from "node:sqlite";

import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

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

describe("when the database takes nothing for a while", () => {
  /** Tries again while the server, in the same thread, is about to commit something. */
  const run = (database: DatabaseSync, sql: string) => vi.waitFor(() => database.exec(sql), { timeout: 10_000 });
  const breakFor = async (state: string) => {
    const database = new DatabaseSync(server.organization.path("api.db"), { timeout: 0 });
    const refuse = "begin select raise(abort, 'no'); end";
    const when = `when new.state = '${state}'`;
    await run(database, `create trigger refuse before update on submissions ${when} ${refuse}`);
    return async () => {
      await run(database, "drop trigger refuse");
      database.close();
    };
  };
  const stateOf = async (id: string) => (await server.send(`/v1/submissions/${id}`)).body.state;

  it("a call that is committed is looked at again, and shown as committed", async () => {
    const mend = await breakFor("committed");
    const { status, body } = await server.call("submit", "CreateAsset", ["b1", "alice"]);
    expect([status, body.state, await stateOf(body.id)]).toEqual([200, "committed", "pending"]);
    await mend();
    await expect.poll(() => stateOf(body.id), { timeout: 20_000 }).toBe("committed");
    expect(server.organization.ledger.state.has("b1")).toBe(true);
  });

  it("a call that was reported as failed is not made later", async () => {
    const { ledger } = server.organization;
    const mend = await breakFor("failed");
    ledger.nextCodes.push(4);
    const { body: accepted } = await server.call("submitAsync", "CreateAsset", ["b2", "alice"]);
    await expect.poll(() => server.lines.some(({ message }) => message === "storing a failure failed")).toBe(true);
    await mend();
    await expect.poll(() => stateOf(accepted.id), { timeout: 20_000 }).toBe("failed");
    expect(ledger.state.has("b2")).toBe(false);
  });
});

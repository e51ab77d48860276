/** API servers that are killed at every step of a call, on both databases: what they have accepted is finished, and once. */
import { execFileSync } from "node:child_process";
import { appendFileSync, rmSync } from "node:fs";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { TestOrganization } from "../../client/src/testing/testOrganization";
import { ApiProcess } from "./apiProcess";
import { PostgresProcess } from "./postgresProcess";

const role = { actions: ["evaluate", "submit", "read"] };
const path = "/v1/channels/main/chaincodes/assets";
const calls = (count: number) => Array.from({ length: count }, (_, i) => [`key${i}`, `value${i}`] as const);

let organization: TestOrganization;
let store: () => object;
const servers: ApiProcess[] = [];

beforeEach(async () => {
  organization = await TestOrganization.start();
});
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.kill()));
  organization.close();
});

async function start(limit?: number): Promise<ApiProcess> {
  const settings = {
    ...{ port: 0, operationsPort: 0, store: store(), lease: 1200 },
    identities: {
      app: organization.writeConfiguration("client.yaml", { timeouts: { submit: 1000, commitStatus: 1000 } }),
    },
    access: { anyone: true, roles: { all: role } },
  };
  const server = await ApiProcess.start(organization.path(`settings-${servers.length}.json`), settings, limit);
  servers.push(server);
  return server;
}

describe("on SQLite", () => {
  beforeEach(() => {
    store = () => ({ type: "sqlite", path: organization.path("api.db") });
  });

  it("finishes what a killed server has sent and not answered, once", sentAndNotAnswered);

  it("leaves nothing that it has accepted, when it is killed in the midst of many calls", async () => {
    const first = await start();
    const accepted: string[] = [];
    const sending = calls(300).map(async (args) => {
      accepted.push(await accept(first, args));
      if (accepted.length === 30) void first.kill();
    });
    await Promise.allSettled(sending);
    await expectCommitted(await start(), accepted);
    expect([...organization.ledger.applied.values()].filter((times) => times !== 1)).toEqual([]);
  });

  it("finishes what was at work when it stopped", async () => {
    organization.ledger.loses = () => true;
    const first = await start();
    const ids = await Promise.all(calls(5).map((args) => accept(first, args)));
    await first.kill("SIGTERM");
    organization.ledger.loses = () => false;
    await expectCommitted(await start(), ids);
    expect([...organization.ledger.applied.values()]).toEqual(ids.map(() => 1));
  });

  it("accepts nothing that a full volume does not hold", async () => {
    const server = await start(256);
    const accepted: string[] = [];
    let refused: { status: number; body: any } | undefined;
    for (let i = 0; i < 100 && refused === undefined; i++) {
      const answer = await send(server, "submitAsync", [`key${i}`, "v".repeat(4000)]);
      if (answer.status === 202) accepted.push(answer.body.id);
      else refused = answer;
    }
    expect(refused).toEqual(notStored);
    await server.kill();
    await expectCommitted(await start(), accepted);
    expect(organization.ledger.applied.size).toBe(accepted.length);
  });

  it("accepts nothing on a full volume, and goes on when there is space again", async (ctx) => {
    if (process.getuid!() !== 0) ctx.skip("only root can mount a small volume");
    const volume = organization.makeFolder("volume");
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", volume]);
    try {
      store = () => ({ type: "sqlite", path: `${volume}/api.db` });
      const server = await start();
      const id = await accept(server, ["key", "value"]);
      await expectCommitted(server, [id]);
      const { ordered } = organization.ledger;
      fill(`${volume}/ballast`);
      for (const [operation, headers] of [
        ["submitAsync", {}],
        ["submit", {}],
        ["submit", { "idempotency-key": "a" }],
      ] as const)
        expect(await send(server, operation, ["full", "value"], headers)).toEqual(notStored);
      expect(organization.ledger.ordered).toBe(ordered);
      rmSync(`${volume}/ballast`);
      await expectCommitted(server, [await accept(server, ["full", "value"])]);
      expect(organization.ledger.applied.get("full")).toBe(1);
      await server.kill();
    } finally {
      execFileSync("umount", ["-l", volume]);
    }
  });
});

describe("on PostgreSQL", () => {
  let postgres: PostgresProcess | string;
  beforeAll(async () => {
    postgres = await PostgresProcess.start();
  });
  beforeEach((ctx) => {
    if (typeof postgres === "string") return ctx.skip(postgres);
    const url = postgres.createDatabase();
    store = () => ({ type: "postgresql", url });
  });
  afterAll(async () => {
    if (typeof postgres !== "string") await postgres.stop();
  });

  it("finishes what a killed server has sent and not answered, once", sentAndNotAnswered);

  const submitIsLost = (lost: "request" | "without a word") => () => {
    for (const each of organization.peers) each.faultFor = (method) => (method === "submit" ? { lost } : undefined);
  };
  it.each<[string, () => void]>([
    ["stored, and not sent", submitIsLost("request")],
    ["sent, and lost by the orderers", () => (organization.ledger.loses = () => true)],
    ["ordered, and in no block", () => (organization.ledger.batchTime = Infinity)],
    ["committed, without hearing of it", submitIsLost("without a word")],
  ])("finishes at another server, which runs already, what a killed one had %s", async (_, goWrong) => {
    const { ledger, peers } = organization;
    goWrong();
    const [first, second] = await Promise.all([start(), start()]);
    const ids = await Promise.all(calls(10).map((args) => accept(first, args)));
    await expect.poll(() => peers.reduce((sum, each) => sum + each.calls.submit, 0)).toBeGreaterThanOrEqual(10);
    await first.kill();
    for (const each of peers) each.faultFor = () => undefined;
    ledger.loses = () => false;
    ledger.batchTime = 2;
    ledger.cut();
    await expectCommitted(second, ids);
    expect([...ledger.applied.values()]).toEqual(ids.map(() => 1));
  });

  it("makes one call of two at two servers with one idempotency key", async () => {
    const both = await Promise.all([start(), start()]);
    const key = { "idempotency-key": "of both" };
    const [one, other] = await Promise.all(both.map((server) => send(server, "submit", ["key", "value"], key)));
    expect([one!.status, one!.body.state]).toEqual([200, "committed"]);
    expect(other).toEqual(one);
    expect(organization.ledger.applied.get("key")).toBe(1);
  });

  it("accepts nothing while the database is away, and all after that", async () => {
    const database = postgres as PostgresProcess;
    const server = await start();
    await database.crash();
    const refused = await send(server, "submitAsync", ["key", "value"]);
    expect(refused).toEqual(notStored);
    const withKey = await send(server, "submit", ["key", "value"], { "idempotency-key": "a" });
    const detail = "The database does not answer. Nothing was sent; try again.";
    expect(withKey).toEqual({ status: 503, body: { status: 503, code: "STORE", detail } });
    expect((await fetch(`${server.operationsUrl}/healthz`)).status).toBe(503);
    expect((await fetch(`${server.operationsUrl}/livez`)).status).toBe(200);
    expect(organization.ledger.ordered).toBe(0);
    await database.resume();
    expect((await send(server, "submit", ["key", "value"])).status).toBe(200);
    expect((await fetch(`${server.operationsUrl}/healthz`)).status).toBe(200);
  });
});

async function sentAndNotAnswered(): Promise<void> {
  // All is committed, and the server hears nothing of it.
  for (const { faults } of organization.peers)
    faults.submit.push(...Array.from({ length: 20 }, () => ({ lost: "without a word" as const })));
  const first = await start();
  const keys = calls(20);
  void Promise.allSettled(keys.map((args, i) => send(first, "submit", args, { "idempotency-key": `key ${i}` })));
  await expect.poll(() => organization.ledger.applied.size).toBe(20);
  await first.kill();
  const second = await start();
  const answers = await Promise.all(
    keys.map((args, i) => send(second, "submit", args, { "idempotency-key": `key ${i}` })),
  );
  expect(answers.map(({ status, body }) => [status, body.state])).toEqual(keys.map(() => [200, "committed"]));
  expect([...organization.ledger.applied.values()]).toEqual(keys.map(() => 1));
}

async function send(server: ApiProcess, operation: string, args: readonly string[], headers = {}) {
  const response = await fetch(`${server.url}${path}/${operation}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ function: "Put", arguments: args }),
  });
  return { status: response.status, body: (await response.json()) as any };
}

/** Writes a file until there is no space left. */
function fill(file: string): void {
  const page = Buffer.alloc(4096, 1);
  try {
    for (;;) appendFileSync(file, page);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
  }
}

/** The answer to a call that could not be stored. */
const notStored = {
  status: 503,
  body: { status: 503, code: "STORE", detail: "The call could not be stored, so it was not sent. Try again." },
};

async function accept(server: ApiProcess, args: readonly string[]): Promise<string> {
  const { status, body } = await send(server, "submitAsync", args);
  if (status !== 202) throw new Error(JSON.stringify(body));
  return body.id;
}

async function expectCommitted(server: ApiProcess, ids: readonly string[]): Promise<void> {
  const states = () =>
    Promise.all(
      ids.map(async (id) => {
        const { state, error } = (await (await fetch(`${server.url}/v1/submissions/${id}`)).json()) as any;
        return error ?? state;
      }),
    );
  await expect.poll(states, { timeout: 60_000, interval: 200 }).toEqual(ids.map(() => "committed"));
}

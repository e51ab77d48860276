import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { IssuerDouble } from "../testing/issuerDouble";
import { TestServer } from "../testing/testServer";

let issuer: IssuerDouble;
let server: TestServer;

beforeAll(async () => {
  issuer = await IssuerDouble.start();
  server = await TestServer.start({
    access: {
      tokens: { issuer: issuer.url, audience: "api", rolesClaim: "realm_access.roles", keyCooldown: 1 },
      roles: {
        trader: { actions: ["submit", "evaluate"], channels: ["main"], functions: ["CreateAsset", "Read*"] },
        auditor: { actions: ["read"], members: ["token:bob"] },
      },
    },
  });
});
afterAll(async () => {
  await server.stop();
  issuer.stop();
});

const trader = { realm_access: { roles: ["trader", "a role of another application"] } };

const create = async (token: string) =>
  server.call("submit", "CreateAsset", ["a", "alice"], { authorization: `Bearer ${token}` });

describe("a token", () => {
  it("lets its bearer do what its roles allow", async () => {
    const { status, body } = await create(await issuer.token(trader));
    expect(status).toBe(200);
    expect(server.audit.at(-1)).toEqual({
      level: "info",
      message: "audit",
      caller: "token:alice",
      action: "submit",
      channel: "main",
      chaincode: "assets",
      function: "CreateAsset",
      identity: "app",
      submission: body.id,
      txID: body.txID,
      method: "POST",
      path: "/v1/channels/:channel/chaincodes/:chaincode/submit",
      status: 200,
    });
  });

  it("counts when its issuer has a new key, and the old one's no more", async () => {
    const old = await issuer.token(trader);
    await issuer.rotate();
    expect((await create(await issuer.token(trader))).status).toBe(200);
    const { body } = await create(old);
    expect(body.detail).toBe("You are not who you say: the token is signed with a key that its issuer does not have.");
  });

  const wrong: [string, () => Promise<string> | string, string][] = [
    ["that has expired", () => issuer.token({ ...trader, exp: 1_000_000 }), "the token has expired"],
    [
      "that never expires",
      () => issuer.token({ ...trader, exp: undefined }),
      "the token's claim exp does not count here",
    ],
    [
      "for another audience",
      () => issuer.token({ ...trader, aud: "shop" }),
      "the token's claim aud does not count here",
    ],
    [
      "of another issuer",
      () => issuer.token({ ...trader, iss: "http://x" }),
      "the token's claim iss does not count here",
    ],
    ["of nobody", () => issuer.token({ ...trader, sub: "" }), "the token's claim sub does not count here"],
    [
      "of what is no name",
      () => issuer.token({ ...trader, sub: { id: 1 } as never }),
      "the token's claim sub does not count here",
    ],
    ["that is forged", () => issuer.forged(trader), "the token's signature is wrong"],
    [
      "without signature",
      () => `${encoded({ alg: "none" })}.${encoded(trader)}.`,
      "the token is signed in a way that does not count here",
    ],
    [
      "by a shared secret",
      () => `${encoded({ alg: "HS256" })}.${encoded(trader)}.abcd`,
      "the token is signed in a way that does not count here",
    ],
    ["that is none", () => "abc", "the token is none"],
  ];

  it.each(wrong)("%s is refused, and nothing is sent", async (_, make, reason) => {
    const before = server.sent;
    const { status, headers, body } = await create(await make());
    expect(body).toEqual({ status: 401, code: "UNAUTHENTICATED", detail: `You are not who you say: ${reason}.` });
    expect([status, headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
    expect(server.sent).toBe(before);
  });

  it("is not believed when its issuer does not answer", async () => {
    await server.restart();
    issuer.isUp = false;
    const { status, body } = await create(await issuer.token(trader));
    issuer.isUp = true;
    expect([status, body.detail]).toEqual([
      503,
      `The keys of ${issuer.url} cannot be had, so that no token can be checked: it answers 503. Try again.`,
    ]);
    expect((await create(await issuer.token(trader))).status).toBe(200);
  });
});

describe("a caller", () => {
  it("whose role is a word of JavaScript has none", async () => {
    const { status, body } = await create(
      await issuer.token({ realm_access: { roles: ["constructor", "__proto__"] } }),
    );
    const detail = "You may not submit CreateAsset of chaincode assets on channel main: you have no role.";
    expect([status, body]).toEqual([403, { status: 403, code: "FORBIDDEN", detail }]);
  });

  it("without a token learns how to get in", async () => {
    const { status, body } = await server.call("submit", "CreateAsset", ["a", "alice"]);
    expect([status, body.detail]).toEqual([401, "Say who you are: send a token in the header Authorization: Bearer."]);
  });

  it("cannot name itself by the headers of the gateway", async () => {
    const { status } = await server.call("submit", "CreateAsset", ["a", "b"], { "x-baas-client-certificate": "admin" });
    expect(status).toBe(401);
  });

  const forbidden: [string, object, string, unknown, string][] = [
    [
      "with no role",
      {},
      "submit",
      { function: "CreateAsset", arguments: ["a", "b"] },
      "You may not submit CreateAsset of chaincode assets on channel main: you have no role.",
    ],
    [
      "whose role has other functions",
      trader,
      "submit",
      { function: "TransferAsset", arguments: ["a", "b"] },
      "You may not submit TransferAsset of chaincode assets on channel main: your roles are trader.",
    ],
    [
      "whose role does not read",
      trader,
      "metadata",
      undefined,
      "You may not read chaincode assets on channel main: your roles are trader.",
    ],
  ];

  it.each(forbidden)("%s is refused, and nothing is sent", async (_, claims, operation, body, detail) => {
    const before = server.sent;
    const authorization = `Bearer ${await issuer.token(claims as never)}`;
    const answer = await server.send(`/v1/channels/main/chaincodes/assets/${operation}`, body, { authorization });
    expect(answer.body).toEqual({ status: 403, code: "FORBIDDEN", detail });
    expect(server.sent).toBe(before);
    expect(server.audit.at(-1)).toMatchObject({ caller: "token:alice", code: "FORBIDDEN", status: 403 });
  });

  it("has the role that the settings give it", async () => {
    const authorization = `Bearer ${await issuer.token({ sub: "bob" })}`;
    const { status } = await server.send("/v1/channels/main/blocks/0", undefined, { authorization });
    expect(status).toBe(200);
  });

  it("does not see the calls of others", async () => {
    const { body } = await create(await issuer.token(trader));
    const authorization = `Bearer ${await issuer.token({ sub: "bob" })}`;
    const { status } = await server.send(`/v1/submissions/${body.id}`, undefined, { authorization });
    expect(status).toBe(404);
  });

  it("does not share an idempotency key with others", async () => {
    const key = { "idempotency-key": "same" };
    const as = async (sub: string) => ({ authorization: `Bearer ${await issuer.token({ ...trader, sub })}`, ...key });
    const { body: one } = await server.call("submit", "CreateAsset", ["x", "y"], await as("carol"));
    const { body: other } = await server.call("submit", "CreateAsset", ["x", "z"], await as("dave"));
    expect([one.state, other.state]).toEqual(["committed", "committed"]);
    expect(one.id).not.toBe(other.id);
  });
});

it("takes as many requests of a caller as the settings say", async () => {
  await server.restart({ limits: { requestsPerMinute: 2 } });
  const as = async (sub: string) => ({ authorization: `Bearer ${await issuer.token({ ...trader, sub })}` });
  const ask = async (sub: string) => server.call("evaluate", "ReadAsset", ["a"], await as(sub));
  expect((await ask("alice")).status).toBe(200);
  await ask("alice");
  const { status, headers, body } = await ask("alice");
  expect([status, body.detail]).toEqual([429, "You have made 2 requests within a minute, as many as you may."]);
  expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
  expect((await ask("bob")).status).not.toBe(429);
});

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

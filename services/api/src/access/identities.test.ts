import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";

import { anyName, TestServer } from "../testing/testServer";

const all = ["evaluate" as const, "submit" as const, "read" as const];
const roles = {
  clerk: { actions: all, functions: ["Read*"] },
  settler: { actions: all, functions: ["CreateAsset", "TransferAsset"], identities: ["settler", "app"] },
};

let server: TestServer;
beforeAll(async () => {
  server = await TestServer.start({ access: { anyone: true, roles } });
  const { organization } = server;
  const { user, other } = organization.certificates;
  for (const [name, pair] of Object.entries({ app: user, settler: other })) {
    organization.write(`${name}.pem`, pair.certificate);
    organization.write(`${name}.key`, pair.key);
  }
  const identityOf = (name: string) => ({
    certificate: organization.path(`${name}.pem`),
    privateKey: organization.path(`${name}.key`),
  });
  const configurationOf = (name: string) =>
    organization.writeConfiguration(`client-${name}.yaml`, { identity: identityOf(name), refreshInterval: 50 });
  await server.restart({ identities: { app: configurationOf("app"), settler: configurationOf("settler") } });
});
beforeEach(() => {
  for (const peer of server.organization.peers) peer.creator = "";
});
afterAll(() => server.stop());

const path = "/v1/channels/main/chaincodes/assets";
const create = (identity?: string, headers: Record<string, string> = {}, name = anyName()) =>
  server.send(`${path}/submit`, { function: "CreateAsset", arguments: [name, "alice"], identity }, headers);
/** Certificates of those who have signed calls since the test began. */
const signers = () => [
  ...new Set(server.organization.peers.map(({ creator }) => creator).filter((each) => each !== "")),
];

it("a call acts as the first identity of the caller's role, or as the one that it names", async () => {
  const { user, other } = server.organization.certificates;
  expect((await create()).status).toBe(200);
  expect(signers()).toEqual([other.certificate]);
  expect(server.audit.at(-1)).toMatchObject({ function: "CreateAsset", identity: "settler" });
  for (const peer of server.organization.peers) peer.creator = "";
  expect((await create("app")).status).toBe(200);
  expect(signers()).toEqual([user.certificate]);
  expect(server.audit.at(-1)).toMatchObject({ function: "CreateAsset", identity: "app" });
});

it("a call acts as nobody whom the caller's role does not name, and nothing is sent", async () => {
  const before = server.sent;
  const answers = [
    await create("admin"),
    await server.send(`${path}/evaluate`, { function: "ReadAsset", arguments: ["a"], identity: "settler" }),
  ];
  expect(answers.map(({ status, body }) => [status, body])).toEqual([
    [403, { status: 403, code: "FORBIDDEN", detail: 'You may not act as "admin". You may act as settler, app.' }],
    [403, { status: 403, code: "FORBIDDEN", detail: 'You may not act as "settler". You may act as app.' }],
  ]);
  expect([server.sent, signers()]).toEqual([before, []]);
});

it("the same call as another identity is another call for an idempotency key", async () => {
  const key = { "idempotency-key": "as whom" };
  const name = anyName();
  const { body: first } = await create("settler", key, name);
  expect((await create("settler", key, name)).body).toEqual(first);
  const { length } = server.organization.ledger.blocks;
  const { status, body } = await create("app", key, name);
  expect([status, body.code]).toEqual([422, "IDEMPOTENCY"]);
  expect(server.organization.ledger.blocks.length).toBe(length);
});

it("a certificate that was renewed in place counts without a restart", async () => {
  const { organization } = server;
  const { user, other } = organization.certificates;
  organization.write("settler.key", user.key);
  organization.write("settler.pem", user.certificate);
  await expect
    .poll(async () => {
      for (const peer of organization.peers) peer.creator = "";
      await create("settler");
      return signers();
    })
    .toEqual([user.certificate]);
  organization.write("settler.key", other.key);
  organization.write("settler.pem", other.certificate);
});

/** The API server's own process behind a real HAProxy, with certificates on both sides. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { TestOrganization } from "../../client/src/testing/testOrganization";
import { ask } from "../edge/clients";
import { findHaproxy } from "../edge/haproxyProgram";
import { LocalEdge } from "../edge/localEdge";
import type { ApiProcess } from "./apiProcess";
import { startBehindEdge } from "./behindEdge";

const name = "api.net.example.com";
const path = "/v1/channels/main/chaincodes/assets";
const roles = { all: { actions: ["evaluate", "submit", "read"] } };
const api = { tokens: { issuer: "https://login.example.com", audience: "net" }, roles };

let organization: TestOrganization;
let edge: LocalEdge;
let server: ApiProcess;
let skipReason: string | undefined;

beforeAll(async () => {
  const haproxy = await findHaproxy();
  if (typeof haproxy === "string") return void (skipReason = haproxy);
  organization = await TestOrganization.start();
  edge = await LocalEdge.start(haproxy, { api });
  server = await start();
}, 300_000);
beforeEach(({ skip }) => skip(skipReason !== undefined, skipReason));
afterAll(async () => {
  await server?.kill();
  await edge?.stop();
  organization?.close();
});

const start = (): Promise<ApiProcess> => startBehindEdge(organization, edge, { anyone: true, roles });

const send = (url: string, more: { body?: string; headers?: Record<string, string> } = {}) =>
  ask(edge.address, {
    path: url,
    method: more.body === undefined ? "GET" : "POST",
    servername: name,
    ca: edge.ca.pem,
    ...more,
    headers: { ...(more.body !== undefined && { "content-type": "application/json" }), ...more.headers },
  });

describe("the API behind the gateway", () => {
  it("calls functions, by the gateway's one port", async () => {
    const body = JSON.stringify({ function: "Put", arguments: ["key", "value"] });
    const { status, body: answer } = await send(`${path}/submit`, { body });
    expect([status, JSON.parse(answer).state]).toEqual([200, "committed"]);
    expect(organization.ledger.state.get("key")).toBe("value");
  });

  it("may take longer than a client may be silent", async () => {
    organization.ledger.batchTime = 7000;
    const body = JSON.stringify({ function: "Put", arguments: ["slow", "value"] });
    const { status } = await send(`${path}/submit`, { body });
    organization.ledger.batchTime = 2;
    expect(status).toBe(200);
  });

  it("has a page to try it, with its own policy", async () => {
    const { status, headers } = await send("/try");
    expect(status).toBe(200);
    expect(headers["content-security-policy"]).toMatch(/script-src 'self'/);
  });

  it("is not told by callers who they are", async () => {
    const headers = { "x-baas-client-certificate": "admin", "X-Baas-Client-Issuer": "org1" };
    await send("/v1/submissions/7b1ad4d0-2f0c-4e0e-9d3c-111111111111", { headers });
    await expect.poll(() => server.lines.filter(({ message }) => message === "audit").at(-1)?.caller).toBe("anyone");
  });

  it("answers nobody but the gateway", async () => {
    const { cert, key } = await edge.certificate("peer0");
    const direct = { host: "127.0.0.1", port: edge.apiPort! };
    const options = { path: "/try", servername: edge.plan.api!.hosts[0]!, ca: edge.ca.pem };
    await expect(ask(direct, options)).rejects.toThrow();
    await expect(ask(direct, { ...options, cert, key })).rejects.toThrow();
  });

  it("is missed by callers of it only, when it is down", async () => {
    await server.kill();
    const down = await send(`${path}/metadata`);
    expect([down.status, JSON.parse(down.body).code]).toEqual([503, "UNAVAILABLE"]);
    expect((await send("/status.json")).status).toBe(200);
    expect((await send("/", { headers: { accept: "text/html" } })).status).toBe(200);
    server = await start();
    expect((await send("/try")).status).toBe(200);
  });
});

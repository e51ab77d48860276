import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { type KeyPair, TestCa } from "../testing/testCertificates";
import { ChannelParticipation } from "./channelParticipation";

const block = readFileSync(join(__dirname, "..", "testdata", "raft-appchannel.block"));
const path = "/participation/v1/channels";
const joined = { name: "appchannel", url: "x", consensusRelation: "consenter", status: "active", height: 1 };

/** Answers of an orderer, in order; the last one again and again. */
type Answer = { status: number; body?: unknown } | "none";

describe("ChannelParticipation", () => {
  let ca: TestCa;
  let server: Server;
  let client: KeyPair;
  let address: string;
  let participation: ChannelParticipation;
  let answers: Record<string, Answer[]>;
  let bodies: Buffer[];

  const open = (changes: object = {}) =>
    new ChannelParticipation({
      name: "orderer0",
      organization: "orderer",
      address,
      tlsRootCertificates: ca.certificate,
      clientCertificate: client.certificate,
      clientKey: client.key,
      timeoutMs: 300,
      ...changes,
    });

  beforeAll(async () => {
    ca = new TestCa("tls");
    client = ca.issue("admin");
    const { certificate, key } = ca.issue("orderer0");
    const options = { cert: certificate, key, ca: ca.certificate, requestCert: true, rejectUnauthorized: true };
    server = createServer(options, (request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        bodies.push(Buffer.concat(chunks));
        const queue = answers[`${request.method} ${request.url}`] ?? [
          { status: 404, body: { error: "no such thing" } },
        ];
        const answer = queue.length > 1 ? queue.shift()! : queue[0]!;
        if (answer === "none") return;
        const text = typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body);
        response.writeHead(answer.status).end(answer.body === undefined ? undefined : text);
      });
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    address = `localhost:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    answers = {};
    bodies = [];
    participation?.close();
    participation = open();
  });
  afterAll(async () => {
    participation.close();
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
    ca.close();
  });

  it("lists channels, none as null or as an empty list", async () => {
    answers[`GET ${path}`] = [
      { status: 200, body: { systemChannel: null, channels: null } },
      { status: 200, body: { systemChannel: { name: "sys", url: "" }, channels: [{ name: "b" }, { name: "a" }] } },
    ];
    expect(await participation.list()).toEqual({ channels: [] });
    expect(await participation.list()).toEqual({ systemChannel: "sys", channels: ["a", "b"] });
  });

  it("sends the block as the one file of a form", async () => {
    answers[`POST ${path}`] = [{ status: 201, body: joined }];
    expect(await participation.join(block)).toEqual({
      name: "appchannel",
      consensusRelation: "consenter",
      status: "active",
      height: 1,
    });
    const [, form] = bodies;
    const start = form!.indexOf("\r\n\r\n") + 4;
    expect(form!.subarray(0, start).toString()).toContain('name="config-block"; filename="config.block"');
    expect(form!.subarray(start, start + block.length).equals(block)).toBe(true);
    expect(form!.subarray(start + block.length).toString()).toMatch(/^\r\n--[0-9a-f]{32}--\r\n$/);
  });

  it("does not join again", async () => {
    answers[`GET ${path}/appchannel`] = [{ status: 200, body: joined }];
    expect(await participation.join(block)).toMatchObject({ status: "active" });
    expect(bodies).toHaveLength(1);
  });

  it("takes it for joined when another administrator was faster", async () => {
    answers[`GET ${path}/appchannel`] = [
      { status: 404, body: { error: "channel does not exist" } },
      { status: 200, body: joined },
    ];
    answers[`POST ${path}`] = [{ status: 405, body: { error: "cannot join: channel already exists" } }];
    expect(await participation.join(block)).toMatchObject({ status: "active" });
  });

  it("takes it for joined when the answer got lost", async () => {
    answers[`GET ${path}/appchannel`] = [
      { status: 404, body: {} },
      { status: 200, body: joined },
    ];
    answers[`POST ${path}`] = ["none"];
    expect(await participation.join(block)).toMatchObject({ status: "active" });
  });

  it.each([
    [405, "cannot join: system channel exists", "REJECTED", "An orderer with a system channel"],
    [503, "channel participation API is disabled", "REJECTED", "ORDERER_CHANNELPARTICIPATION_ENABLED=true"],
    [400, "cannot read form from request body: http: request body too large", "REJECTED", "MAXREQUESTBODYSIZE"],
    [409, "cannot join: channel pending removal", "CONFLICT", "try again"],
    [500, "cannot join: removal failure", "UNAVAILABLE", ""],
  ])("says what a refusal means: %i %s", async (status, error, code, hint) => {
    answers[`POST ${path}`] = [{ status, body: { error } }];
    const failure = await participation.join(block).catch((caught: unknown) => caught);
    expect(failure).toMatchObject({ code, channel: "appchannel", node: "orderer0", organization: "orderer" });
    expect((failure as Error).message).toContain(`${status}: ${error}`);
    expect((failure as Error).message).toContain(hint);
  });

  it("gives up when nobody answers", async () => {
    answers[`GET ${path}`] = ["none"];
    await expect(participation.list()).rejects.toMatchObject({ code: "TIMEOUT", reason: "no answer within 300 ms" });
  });

  it("does not take another server for an orderer", async () => {
    answers[`GET ${path}`] = [{ status: 200, body: "<html>" }];
    await expect(participation.list()).rejects.toMatchObject({ code: "PROTOCOL", reason: "200: <html>" });
    answers[`GET ${path}`] = [{ status: 200 }];
    await expect(participation.list()).rejects.toMatchObject({ code: "PROTOCOL", reason: "200: an empty answer" });
  });

  it("waits until the orderer is active, and no longer when it failed", async () => {
    const info = (status: string) => ({ status: 200, body: { ...joined, status } });
    answers[`GET ${path}/appchannel`] = [info("onboarding"), info("onboarding"), info("active")];
    expect(await participation.waitUntilActive("appchannel")).toMatchObject({ status: "active" });
    answers[`GET ${path}/appchannel`] = [info("failed")];
    await expect(participation.waitUntilActive("appchannel")).rejects.toMatchObject({ code: "REJECTED" });
    answers[`GET ${path}/appchannel`] = [info("onboarding")];
    await expect(participation.waitUntilActive("appchannel", 10)).rejects.toMatchObject({ code: "TIMEOUT" });
  });

  it("leaves, and waits until the blocks are gone, also when told twice", async () => {
    answers[`GET ${path}/a`] = [
      { status: 200, body: joined },
      { status: 404, body: {} },
    ];
    answers[`DELETE ${path}/a`] = [{ status: 409, body: { error: "cannot remove: channel pending removal" } }];
    expect(await participation.remove("a")).toBe(true);
    expect(bodies).toHaveLength(3);
    expect(await participation.remove("b")).toBe(false);
  });

  it("says whether a certificate or the network is the trouble", async () => {
    const other = new TestCa("other");
    const failure = async (changes: object): Promise<unknown> => {
      const opened = open(changes);
      try {
        return await opened.list();
      } catch (error) {
        return error;
      } finally {
        opened.close();
      }
    };
    expect(await failure({ tlsRootCertificates: other.certificate })).toMatchObject({
      code: "ACCESS_DENIED",
      hint: expect.stringContaining("TLS root certificate"),
    });
    expect(await failure({ serverName: "elsewhere" })).toMatchObject({ code: "ACCESS_DENIED" });
    expect(await failure({ address: "127.0.0.1:1" })).toMatchObject({ code: "UNAVAILABLE", retryable: true });
    other.close();
  });

  it("refuses bytes that are no block before it calls anybody", async () => {
    await expect(participation.join(Buffer.from("no block"))).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    expect(bodies).toHaveLength(0);
  });
});

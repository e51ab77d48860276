import { globalAgent } from "node:https";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { FabricCaDouble } from "../testing/fabricCaDouble";
import { type FabricCa, fabricCa } from "./caRegistrar";

const registrar = { username: "registrar", password: "p" };
const peer0 = { enrolmentId: "peer0", enrolmentSecret: "s", type: "peer" as const };
let server: FabricCaDouble;
let client: FabricCa;

beforeEach(async () => {
  server = await FabricCaDouble.start();
  server.bootstrap(registrar.password);
  client = fabricCa({ url: server.url, tlsRoot: server.tlsca.pem, registrar });
});
afterEach(() => server.stop());

it("a host with several addresses, none of which answers, is unreachable", async () => {
  const nowhere = fabricCa({ url: "https://localhost:1", tlsRoot: "", registrar });
  const unreachable = { kind: "Unreachable", message: expect.stringContaining("(ECONNREFUSED)") };
  await expect(nowhere.ca.root()).rejects.toMatchObject(unreachable);
  await expect(nowhere.ca.signIn()).rejects.toMatchObject(unreachable);
  await expect(nowhere.tlsca.serverCertificate()).rejects.toMatchObject(unreachable);
});

describe("the registrar", () => {
  it("enrols once for many requests", async () => {
    for (let n = 0; n < 3; n++) await client.ca.signIn();
    expect(server.calls.filter((call) => call === "ca POST /enroll")).toHaveLength(1);
  });

  it("enrols once for requests at one time, too", async () => {
    await Promise.all([client.ca.signIn(), client.ca.find("peer0"), client.ca.register(peer0)]);
    expect(server.calls.filter((call) => call === "ca POST /enroll")).toHaveLength(1);
  });

  it("enrols anew when the CA has forgotten it", async () => {
    await client.ca.signIn();
    const reborn = await server.reborn();
    reborn.bootstrap(registrar.password);
    server = reborn;
    client = fabricCa({ url: server.url, tlsRoot: server.tlsca.pem, registrar });
    await client.ca.signIn();
    expect(await client.ca.find("peer0")).toBeUndefined();
  });

  it("registers, finds, and changes what it has registered", async () => {
    await client.ca.register(peer0);
    expect(await client.ca.find("peer0")).toBe("peer");
    await client.ca.register({ ...peer0, enrolmentSecret: "other", type: "client" });
    expect(server.registered.ca.get("peer0")).toEqual({ secret: "other", type: "client", maxEnrollments: -1 });
    await expect(client.ca.enrolNewKey(peer0)).rejects.toMatchObject({ kind: "EnrolmentRejected" });
  });

  it("takes a registration whose answer was lost for done, in whatever words the CA refuses to repeat it", async () => {
    for (const [mood, enrolmentSecret] of [
      ["well", "second"],
      ["racing", "third"],
    ] as const) {
      server.onCall = (call, moment) => (call === "ca POST /register" && moment === "after" ? "drop" : undefined);
      await expect(client.ca.register(peer0)).rejects.toMatchObject({ kind: "Unreachable" });
      server.onCall = () => {};
      server.mood = mood;
      await client.ca.register({ ...peer0, enrolmentSecret });
      expect(server.registered.ca.get("peer0")!.secret).toBe(enrolmentSecret);
      server.mood = "well";
      server.forget("peer0");
    }
  });

  it("is told that a CA is busy, not that it refuses", async () => {
    server.mood = "500";
    const busy = { kind: "Unreachable", message: expect.stringContaining("is busy (database is locked)") };
    await expect(client.ca.register(peer0)).rejects.toMatchObject(busy);
  });

  it("that is not let in is told apart from a server that answers nothing", async () => {
    server.bootstrap("another");
    await expect(client.ca.signIn()).rejects.toMatchObject({ kind: "RegistrarRejected" });
    server.mood = "503 with an empty body";
    await expect(client.ca.signIn()).rejects.toMatchObject({ kind: "Unreachable", cause: "HTTP status code 503" });
    server.mood = "well";
    server.isEmpty = () => true;
    await expect(client.ca.root()).rejects.toMatchObject({ kind: "Unreachable", cause: "HTTP status code 200" });
    server.mood = "half an answer";
    await expect(client.ca.root()).rejects.toMatchObject({ kind: "Unreachable", cause: "its answer is not JSON" });
  });
});

it("a server that has lost its volume is noticed by its root", async () => {
  server = await server.reborn();
  await expect(client.ca.root()).rejects.toMatchObject({ kind: "RootChanged" });
  await expect(client.tlsca.serverCertificate()).rejects.toMatchObject({ kind: "RootChanged" });
});

it("the agent of this process is left alone, and no connection is kept", async () => {
  const before = { ...globalAgent.options };
  for (let n = 0; n < 12; n++) await client.ca.signIn();
  expect(globalAgent.options).toEqual(before);
  const { port } = new URL(server.url);
  const connections = Object.keys({ ...globalAgent.sockets, ...globalAgent.freeSockets });
  expect(connections.filter((name) => name.startsWith(`localhost:${port}:`))).toEqual([]);
});

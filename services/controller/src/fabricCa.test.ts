import { expect, it } from "vitest";

import { FabricCa } from "./fabricCa";
import { FabricCaDouble } from "./testing/fabricCaDouble";

const registrar = { username: "registrar", password: "p" };

it("a host with several addresses, none of which answers, is unreachable", async () => {
  const client = new FabricCa({ url: "https://localhost:1", tlsRoot: "", registrar });
  const unreachable = { kind: "Unreachable", message: expect.stringContaining("(ECONNREFUSED)") };
  await expect(client.root("ca")).rejects.toMatchObject(unreachable);
  await expect(client.signIn("ca")).rejects.toMatchObject(unreachable);
});

it("the registrar enrols once for many requests", async () => {
  const server = await FabricCaDouble.start();
  server.bootstrap(registrar.password);
  const client = new FabricCa({ url: server.url, tlsRoot: server.tlsca.pem, registrar });
  for (let n = 0; n < 3; n++) await client.signIn("ca");
  expect(server.calls.filter((call) => call === "ca POST /enroll")).toHaveLength(1);
  await server.stop();
});

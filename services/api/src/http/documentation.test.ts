import { afterEach, expect, it } from "vitest";

import type { SettingsInput } from "../settings";
import { TestServer } from "../testing/testServer";

let server: TestServer | undefined;
afterEach(() => server?.stop());

const roles = { all: { actions: ["read" as const] } };
const tokens = { issuer: "https://login.example.com", audience: "net" };
const certificates = { org1: { certificates: "/nowhere/org1.pem" } };

it.each<[string, SettingsInput["access"], object, object[]]>([
  ["tokens", { tokens, roles }, { token: { type: "http", scheme: "bearer", bearerFormat: "JWT" } }, [{ token: [] }]],
  [
    "certificates",
    { certificates, roles },
    {
      certificate: {
        type: "mutualTLS",
        description: "A client certificate, at the name mtls-api.<domain> in place of api.<domain>.",
      },
    },
    [{ certificate: [] }],
  ],
  [
    "either",
    { tokens, certificates, roles },
    { token: expect.anything(), certificate: expect.anything() },
    [{ token: [] }, { certificate: [] }],
  ],
])("the OpenAPI document says that callers show %s, where they do", async (_, access, schemes, security) => {
  server = await TestServer.start({ access });
  const { body } = await server.send("/openapi.json");
  expect(body).toMatchObject({ openapi: "3.1.0", security });
  expect(body.components.securitySchemes).toEqual(schemes);
});

/** What `baas connection` writes for the client library, as the client library reads it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, expect, it } from "vitest";

import { connectionFiles, writeConnection } from "../cli/connection/connectionFiles";
import { everything, networkLike } from "../cli/connection/testing";
import { readConnection } from "../client/src/configuration/configurationFile";
import { TestCa } from "../client/src/testing/testCertificates";

const ca = new TestCa("org1");
const folder = mkdtempSync(join(tmpdir(), "baas-client-configuration-"));
afterAll(() => {
  ca.close();
  rmSync(folder, { recursive: true });
});

it("the settings that are written work with the identity that enrols beside them", () => {
  const network = networkLike(everything);
  const roots = new Map(["org1", "org2", "orderer"].map((name) => [name, ca.certificate]));
  writeConnection(folder, connectionFiles(network, ["192.0.2.1", "192.0.2.2"], roots));
  const { certificate, key } = ca.issue("app");
  const client = join(folder, "clients/app-org1");
  for (const each of ["signcerts", "keystore"]) mkdirSync(join(client, "msp", each), { recursive: true });
  writeFileSync(join(client, "msp/signcerts/cert.pem"), certificate);
  writeFileSync(join(client, "msp/keystore/1a2b_sk"), key);
  const { configuration, signer, tlsRoots } = readConnection({ from: join(client, "blockchain_client.yaml") });
  expect(configuration).toMatchObject({
    channel: "main",
    peers: ["peer0.org1.dev.example.com:30443"],
    gateway: ["192.0.2.1:30443", "192.0.2.2:30443"],
    discovery: true,
  });
  expect(signer).toMatchObject({ mspId: "Org1MSP", certificate });
  expect(tlsRoots).toBe(ca.certificate);
});

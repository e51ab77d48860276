import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, expect, it } from "vitest";

import { readTest } from "./settings";

let folder: string;
let environment: Record<string, string>;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "smoke-test-"));
  for (const name of ["msp/signcerts", "msp/keystore", "roots"]) mkdirSync(join(folder, name), { recursive: true });
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  writeFileSync(join(folder, "msp/keystore/key.pem"), privateKey.export({ type: "pkcs8", format: "pem" }));
  writeFileSync(join(folder, "msp/signcerts/cert.pem"), "a certificate");
  writeFileSync(join(folder, "roots/org1.pem"), "");
  environment = {
    SMOKE_TEST_CHANNEL: "main",
    SMOKE_TEST_CHAINCODE: "asset",
    SMOKE_TEST_VERSION: "1.0",
    SMOKE_TEST_SUBMIT: '[["CreateAsset","{id}","$(HOME)"]]',
    SMOKE_TEST_EVALUATE: '["ReadAsset","{id}"]',
    SMOKE_TEST_PEERS: '[[{"organization":"org1","name":"peer0-org1","address":"peer0-org1.dev.svc:7051"}]]',
    SMOKE_TEST_MSP_ID: "Org1MSP",
    SMOKE_TEST_MSP_DIR: join(folder, "msp"),
    SMOKE_TEST_ROOTS_DIR: join(folder, "roots"),
    SMOKE_TEST_TIMEOUT_SECONDS: "600",
  };
});
afterEach(() => rmSync(folder, { recursive: true }));

it("a test is what the environment describes", () => {
  const { organizations, patience, ...test } = readTest(environment);
  expect(test).toMatchObject({
    channel: "main",
    submit: [["CreateAsset", "{id}", "$(HOME)"]],
    evaluate: ["ReadAsset", "{id}"],
  });
  expect(organizations.map((peers) => peers.map(({ name }) => name))).toEqual([["peer0-org1"]]);
  expect(patience.timeout).toBe(600_000);
});

it("what is missing is named", () => {
  expect(() => readTest({ ...environment, SMOKE_TEST_CHANNEL: undefined })).toThrow(
    "Reading SMOKE_TEST_CHANNEL failed (configuration): it is not set",
  );
  expect(() => readTest({ ...environment, SMOKE_TEST_SUBMIT: "[" })).toThrow(/Reading SMOKE_TEST_SUBMIT failed/);
  rmSync(join(folder, "roots/org1.pem"));
  expect(() => readTest(environment)).toThrow(/Reading .*org1\.pem failed \(configuration\): ENOENT/);
});

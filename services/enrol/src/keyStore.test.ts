import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { keyStoreFile } from "../../../model/contracts/enrolment";
import { saveKeyStore } from "./keyStore";

describe("the file that Kafka reads", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "baas-key-store-"));
    mkdirSync(join(folder, "tls"));
    writeFileSync(join(folder, "tls/server.key"), "the key\n");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("has the key and then the certificate, for its owner alone", () => {
    writeFileSync(join(folder, "tls/server.crt"), "a certificate");
    saveKeyStore(folder);
    expect(readFileSync(join(folder, keyStoreFile), "utf8")).toBe("the key\na certificate\n");
    expect(statSync(join(folder, keyStoreFile)).mode & 0o777).toBe(0o600);
  });

  it("has the new certificate after a renewal", () => {
    writeFileSync(join(folder, "tls/server.crt"), "a certificate\n");
    saveKeyStore(folder);
    writeFileSync(join(folder, "tls/server.crt"), "the next one\n");
    saveKeyStore(folder);
    expect(readFileSync(join(folder, keyStoreFile), "utf8")).toBe("the key\nthe next one\n");
  });
});

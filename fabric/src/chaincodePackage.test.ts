import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { packageChaincode, packageId } from "./chaincodePackage";

const connection = { address: "asset-{{.organization}}:7052", dialTimeout: "10s", rootCert: "{{.tls_root_cert}}" };

describe("packageChaincode", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "baas-package-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it("makes an archive that tar reads, laid out as a peer expects it", () => {
    writeFileSync(join(folder, "package.tgz"), packageChaincode("asset_1.0", connection).bytes);
    execFileSync("tar", ["xzf", "package.tgz"], { cwd: folder });
    execFileSync("tar", ["xzf", "code.tar.gz"], { cwd: folder });
    expect(JSON.parse(readFileSync(join(folder, "metadata.json"), "utf8"))).toEqual({
      type: "ccaas",
      label: "asset_1.0",
    });
    expect(JSON.parse(readFileSync(join(folder, "connection.json"), "utf8"))).toEqual({
      address: "asset-{{.organization}}:7052",
      dial_timeout: "10s",
      tls_required: true,
      root_cert: "{{.tls_root_cert}}",
    });
    const listing = execFileSync("tar", ["tvzf", "package.tgz", "--full-time", "--utc"], {
      cwd: folder,
      encoding: "utf8",
    });
    expect(
      listing
        .trimEnd()
        .split("\n")
        .map((line) => line.replace(/ +/g, " ")),
    ).toEqual([
      expect.stringMatching(/^-rw-r--r-- 0\/0 \d+ 1970-01-01 00:00:00 code\.tar\.gz$/),
      expect.stringMatching(/^-rw-r--r-- 0\/0 \d+ 1970-01-01 00:00:00 metadata\.json$/),
    ]);
  });

  it("makes the same bytes each time, pinned here because an approval binds them", () => {
    expect(packageChaincode("asset_1.0", connection).id).toBe(
      "asset_1.0:04c696ce45cff24461f0d33662258fd477f20ecc8e1ca237e99a047726902183",
    );
  });

  it("leaves TLS out when there is no root certificate", () => {
    const { bytes } = packageChaincode("asset_1.0", { address: "asset:7052", dialTimeout: "10s" });
    expect(bytes.toString("latin1")).toContain('"tls_required":false');
    expect(bytes.toString("latin1")).not.toContain("root_cert");
  });

  it("packs content that is longer than one stored block", () => {
    const rootCert = "x".repeat(200_000);
    writeFileSync(join(folder, "package.tgz"), packageChaincode("asset_1.0", { ...connection, rootCert }).bytes);
    execFileSync("tar", ["xzf", "package.tgz"], { cwd: folder });
    execFileSync("tar", ["xzf", "code.tar.gz"], { cwd: folder });
    expect(JSON.parse(readFileSync(join(folder, "connection.json"), "utf8")).root_cert).toBe(rootCert);
  });

  it("refuses a label that a peer would refuse", () => {
    expect(() => packageChaincode("asset:1.0", connection)).toThrow('chaincode label "asset:1.0"');
  });
});

describe("packageId", () => {
  it("is what a peer of Fabric 2.5.16 answered when this package was installed", () => {
    const bytes = readFileSync(join(__dirname, "testdata", "asset.tar.gz"));
    expect(packageId("asset_1.0", bytes)).toBe(
      "asset_1.0:f073f47febf137081645a3aa14e53d55fb3862ebb97ce6131662a4da6fa9c722",
    );
  });
});

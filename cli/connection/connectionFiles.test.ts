import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { connectionFiles, requireOwnFolder, writeConnection } from "./connectionFiles";
import type { NetworkWithGateway, TlsRoots } from "./connectionProfile";
import { everything, namedRoots, networkLike } from "./testing";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "baas-connection-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const files = (network: NetworkWithGateway, roots: TlsRoots = namedRoots) =>
  connectionFiles(network, ["192.0.2.1"], roots);
const written = () => (readdirSync(folder, { recursive: true }) as string[]).sort();

describe("the files of a connection", () => {
  it("are a hosts file, a profile an organization, and roots", () => {
    writeConnection(folder, files(networkLike(everything)));
    expect(written()).toEqual([
      "clients",
      "clients/app-org1",
      "clients/app-org1/blockchain_client.yaml",
      "connection-org1.json",
      "connection-org2.json",
      "hosts",
      "tls",
      "tls/orderer.pem",
      "tls/org1.pem",
      "tls/org2.pem",
    ]);
    expect(readFileSync(join(folder, "tls", "org2.pem"), "utf8")).toBe("TLS root of org2\n");
    expect(JSON.parse(readFileSync(join(folder, "connection-org2.json"), "utf8"))).toMatchObject({ name: "dev-org2" });
  });

  it("are the same on every run", () => {
    expect([...files(networkLike(everything))]).toEqual([...files(networkLike(everything))]);
  });

  it("go when they are no longer so; what is not theirs stays", () => {
    writeConnection(folder, files(networkLike(everything)));
    writeFileSync(join(folder, "notes.txt"), "mine");
    writeFileSync(join(folder, "clients/app-org1/key.pem"), "the client's");
    requireOwnFolder(folder, "dev");
    writeConnection(folder, files(networkLike({ peers: ["org2"] }), new Map([["org2", "root"]])));
    expect(written()).toEqual([
      "clients",
      "clients/app-org1",
      "clients/app-org1/key.pem",
      "connection-org2.json",
      "hosts",
      "notes.txt",
      "tls",
      "tls/org2.pem",
    ]);
  });
});

describe("the folder of a connection", () => {
  it("is new, or empty", () => {
    requireOwnFolder(folder, "dev");
    requireOwnFolder(join(folder, "new"), "dev");
    expect(existsSync(join(folder, "new"))).toBe(false);
  });

  it("is none with a hosts file of somebody else's", () => {
    writeFileSync(join(folder, "hosts"), "127.0.0.1 localhost\n");
    expect(() => requireOwnFolder(folder, "dev")).toThrow(
      `${folder} holds files that "./baas connection dev" did not write: hosts. Name an empty or a new folder`,
    );
  });

  it("is none of another network", () => {
    writeConnection(folder, files(networkLike({})));
    expect(() => requireOwnFolder(folder, "trade")).toThrow('"./baas connection trade" did not write');
  });

  it("is no file", () => {
    writeFileSync(join(folder, "out"), "");
    expect(() => requireOwnFolder(join(folder, "out"), "dev")).toThrow("out is a file; --out names a folder");
  });
});

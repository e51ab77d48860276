import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { nodeIdentity } from "@baas/ethereum";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { ConfigMaps } from "./cluster";
import { type NodeSettings, prepareNode } from "./prepareNode";

let dataDir: string;
let there: Map<string, Record<string, string>>;
let configMaps: ConfigMaps;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "baas-ethereum-node-"));
  there = new Map();
  configMaps = {
    read: async (name) => there.get(name),
    async create(name, data) {
      if (there.has(name)) return false;
      there.set(name, data);
      return true;
    },
  };
});
afterEach(() => rmSync(dataDir, { recursive: true }));

const other = {
  name: "validator1",
  enodeId: "ab".repeat(64),
  address: `0x${"cd".repeat(20)}`,
  host: "validator1.net.svc",
};
const settings = (more: Partial<NodeSettings> = {}): NodeSettings => ({
  name: "validator0",
  client: "geth",
  signs: true,
  dataDir,
  ...more,
});
const prepare = (more?: Partial<NodeSettings>): Promise<void> => prepareNode(settings(more), configMaps, () => {});
const text = (file: string): string => readFileSync(join(dataDir, file), "utf8");

function genesisIsThere(): void {
  const own = { ...there.get("validator0-identity"), name: "validator0", host: "validator0.net.svc" };
  there.set("ethereum-genesis", { "genesis.json": "{}", "validators.json": JSON.stringify([own, other]) });
}

describe("a node", () => {
  it("makes a key that only it can read, publishes who it is, and waits for the genesis", async () => {
    let isDone = false;
    const preparing = prepare().then(() => (isDone = true));
    await expect.poll(() => there.get("validator0-identity")).toBeDefined();
    expect(isDone).toBe(false);
    genesisIsThere();
    await preparing;
    const identity = nodeIdentity(`0x${text("key")}`);
    expect(there.get("validator0-identity")).toEqual(identity);
    expect(statSync(join(dataDir, "key")).mode & 0o777).toBe(0o400);
    expect(text("genesis.json")).toBe("{}");
    expect(text("config.toml")).toBe(
      `[Eth.Miner]\nEtherbase = "${identity.address}"\n\n[Node]\nInsecureUnlockAllowed = true\n\n` +
        `[Node.P2P]\nStaticNodes = ["enode://${other.enodeId}@validator1.net.svc:30303?discport=0"]\n`,
    );
    expect(JSON.parse(text("keystore/validator.json"))).toMatchObject({
      address: identity.address.slice(2),
      version: 3,
    });
  });

  it("keeps key, account and genesis at its next start", async () => {
    const preparing = prepare();
    await expect.poll(() => there.get("validator0-identity")).toBeDefined();
    genesisIsThere();
    await preparing;
    const before = readdirSync(dataDir)
      .filter((file) => file !== "keystore")
      .map(text);
    await prepare();
    expect(
      readdirSync(dataDir)
        .filter((file) => file !== "keystore")
        .map(text),
    ).toEqual(before);
  });

  it("of Besu has static nodes, and no account", async () => {
    const preparing = prepare({ client: "besu" });
    await expect.poll(() => there.get("validator0-identity")).toBeDefined();
    genesisIsThere();
    await preparing;
    expect(readdirSync(dataDir).sort()).toEqual(["genesis.json", "key", "static-nodes.json"]);
    expect(JSON.parse(text("static-nodes.json"))).toEqual([
      `enode://${other.enodeId}@validator1.net.svc:30303?discport=0`,
    ]);
  });

  it("of Besu gets a list of allowed accounts that it can write, as it does, and the list of the stack file at each start", async () => {
    const [list, own] = [join(dataDir, "mounted.toml"), "accounts.toml"];
    const more = { client: "besu", allowedAccounts: list } as const;
    writeFileSync(list, 'accounts-allowlist=["0x12"]\n', { mode: 0o444 });
    const preparing = prepare(more);
    await expect.poll(() => there.get("validator0-identity")).toBeDefined();
    genesisIsThere();
    await preparing;
    expect(text(own)).toBe('accounts-allowlist=["0x12"]\n');
    expect(statSync(join(dataDir, own)).mode & 0o777).toBe(0o600);
    writeFileSync(join(dataDir, own), "accounts-allowlist=[]");
    await prepare(more);
    expect(text(own)).toBe('accounts-allowlist=["0x12"]\n');
  });

  it("that joins later waits until it is listed, and then dials all others that are there", async () => {
    there.set("ethereum-genesis", { "genesis.json": "{}", "validators.json": JSON.stringify([other]) });
    const later = { ...other, name: "validator3", enodeId: "12".repeat(64), host: "validator3.net.svc" };
    const said: string[] = [];
    const joining = prepareNode(settings({ name: "validator2", client: "besu" }), configMaps, (line) =>
      said.push(line),
    );
    await expect.poll(() => said.join()).toContain("the controller, which lists validator2 among the validators when");
    const own = { ...there.get("validator2-identity"), name: "validator2", host: "validator2.net.svc" };
    const gone = { ...other, name: "validator4", enodeId: "34".repeat(64), host: "validator4.net.svc" };
    there.set("ethereum-validators", {
      "validators.json": JSON.stringify([later, own, gone]),
      "present.json": JSON.stringify(["validator1", "validator2", "validator3"]),
    });
    await joining;
    expect(JSON.parse(text("static-nodes.json"))).toEqual([
      `enode://${other.enodeId}@validator1.net.svc:30303?discport=0`,
      `enode://${later.enodeId}@validator3.net.svc:30303?discport=0`,
    ]);
  });

  const withPrague = { config: { shanghaiTime: 0, cancunTime: 0, pragueTime: 200 } };
  const genesisText = `${JSON.stringify({ config: { shanghaiTime: 0, cancunTime: 0 } }, undefined, 2)}\n`;

  it("has the forks that the controller has accepted, once it has considered those that the node is told of", async () => {
    there.set("ethereum-genesis", { "genesis.json": genesisText, "validators.json": "[]" });
    const forks = '[{"name":"prague","time":200}]';
    const said: string[] = [];
    const preparing = prepareNode(settings({ name: "rpc0", signs: false, forks }), configMaps, (line) =>
      said.push(line),
    );
    await expect
      .poll(() => said.join())
      .toContain(`the controller, which looks at the forks ${forks} before nodes have them, and has seen []`);
    there.set("ethereum-forks", { "forks.json": forks, "considered.json": forks });
    await preparing;
    expect(JSON.parse(text("genesis.json"))).toEqual(withPrague);
    // One that comes too late is refused, and nodes keep those that they have.
    there.set("ethereum-forks", { "forks.json": forks, "considered.json": "[]" });
    await prepare({ name: "rpc0", signs: false });
    expect(JSON.parse(text("genesis.json"))).toEqual(withPrague);
  });

  it("that serves clients dials bootnodes, where there are some", async () => {
    there.set("ethereum-genesis", { "genesis.json": genesisText, "validators.json": JSON.stringify([other]) });
    const bootnodes = [{ name: "bootnode0", host: "bootnode0-headless.net.svc" }];
    const said: string[] = [];
    const rpc0 = settings({ name: "rpc0", client: "besu", signs: false, bootnodes });
    const preparing = prepareNode(rpc0, configMaps, (line) => said.push(line));
    await expect.poll(() => said.join()).toContain("bootnode0, to publish who it is");
    there.set("bootnode0-identity", { enodeId: "ef".repeat(64), address: "0x12" });
    await preparing;
    expect(JSON.parse(text("static-nodes.json"))).toEqual([
      `enode://${"ef".repeat(64)}@bootnode0-headless.net.svc:30303?discport=0`,
    ]);
  });

  it("that signs nothing has no account either", async () => {
    there.set("ethereum-genesis", { "genesis.json": "{}", "validators.json": "[]" });
    await prepare({ name: "rpc0", signs: false });
    expect(readdirSync(dataDir).sort()).toEqual(["config.toml", "genesis.json", "key"]);
    expect(text("config.toml")).toBe("[Node.P2P]\nStaticNodes = []\n");
  });

  it("that has lost its volume gets no second key", async () => {
    there.set("validator0-identity", { enodeId: "ab", address: "0x12" });
    await expect(prepare()).rejects.toThrow(
      "validator0 has lost its volume: it has no key, and has published before that it is 0x12. " +
        "Restore its volume from a backup; with another key it would be another node, which nobody waits for.",
    );
    expect(readdirSync(dataDir)).toEqual([]);
  });

  it("whose key file was replaced is refused", async () => {
    const key = `${"0".repeat(63)}1`;
    writeFileSync(join(dataDir, "key"), key);
    there.set("validator0-identity", { enodeId: "ab", address: "0x12" });
    await expect(prepare()).rejects.toThrow(
      "The key on the volume of validator0 is that of 0x7e5f4552091a69125d5dfcb7b8c2659029395bdf, and it has published that it is " +
        "0x12. Restore its volume from a backup: a second key would be another node, and two keys of one validator halt a chain.",
    );
  });

  it("whose key file is damaged is refused", async () => {
    writeFileSync(join(dataDir, "key"), "abc");
    await expect(prepare()).rejects.toThrow(
      `${dataDir}/key holds no key: a node's key is 32 bytes, and a number that secp256k1 has as a key. ` +
        "Restore the node's volume from a backup.",
    );
  });
});

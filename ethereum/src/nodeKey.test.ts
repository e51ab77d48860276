import { describe, expect, it } from "vitest";

import { enodeUrl, gethConfigFile, staticNodesFile } from "./enode";
import { newNodeKey, nodeIdentity } from "./nodeKey";

const one = `0x${"0".repeat(63)}1` as const;
// The generator of secp256k1.
const generator =
  "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8";

describe("a node", () => {
  it("is known by its public key and the address that belongs to it", () => {
    expect(nodeIdentity(one)).toEqual({
      enodeId: generator,
      address: "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf",
    });
  });

  it("gets a new key each time", () => {
    const [first, second] = [newNodeKey(), newNodeKey()];
    expect(first).toMatch(/^0x[0-9a-f]{64}$/);
    expect(nodeIdentity(first).address).not.toBe(nodeIdentity(second).address);
  });

  it.each([`0x${"0".repeat(64)}`, "0x01", "key"])("does not take %s for a key", (text) => {
    expect(() => nodeIdentity(text as `0x${string}`)).toThrow(
      "a node's key is 32 bytes, and a number that secp256k1 has as a key",
    );
  });
});

describe("enode URLs", () => {
  const node = { enodeId: generator, host: "validator0.net.svc", port: 30303 };
  const url = `enode://${generator}@validator0.net.svc:30303?discport=0`;

  it("name ID, host and port, and that there is no discovery", () => {
    expect(enodeUrl(node)).toBe(url);
    expect(enodeUrl({ ...node, host: "fd00::1" })).toContain("@[fd00::1]:30303");
    expect(() => enodeUrl({ ...node, enodeId: "ab" })).toThrow(
      '"ab" is no enode ID: 128 hexadecimal digits in lower case',
    );
  });

  it("are in the files that clients read", () => {
    expect(JSON.parse(staticNodesFile([node]))).toEqual([url]);
    expect(gethConfigFile([node, node])).toBe(`[Node.P2P]\nStaticNodes = ["${url}", "${url}"]\n`);
  });
});

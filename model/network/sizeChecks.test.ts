import { describe, expect, it } from "vitest";

import { networkSchema } from "../stackFile/schema";
import { checkSize, networkLimits } from "./sizeChecks";

const list = (length: number, entry: (i: number) => object): object[] => Array.from({ length }, (_, i) => entry(i));
const found = (network: object): string[] =>
  checkSize(
    "baas:network",
    networkSchema.parse({
      environment: "local",
      domain: "net.example.com",
      organizations: [{ name: "o0" }],
      ...network,
    }),
  ).map(({ path, message }) => `${path}: ${message.split(";")[0]}`);

const chaincode = (name: string, channel = "main", version = "1"): object => ({ name, channel, version, image: "x:1" });
const consortium = list(60, (i) => ({ name: `o${i}`, peers: 2, clients: ["app", "auditor"] }));

describe("the size of a network", () => {
  it("has room for a consortium of 60 organizations", () => {
    const channels = [{ name: "main" }, ...list(100, (i) => ({ name: `c${i}`, organizations: [`o${i % 60}`] }))];
    const chaincodes = list(5, (i) => chaincode(`a${i}`));
    expect(found({ organizations: consortium, channels, chaincodes })).toEqual([]);
  });

  it("counts the servers of a version on several channels once, and of members only", () => {
    const channels = [{ name: "main" }, { name: "second" }, { name: "few", organizations: ["o0", "o1", "o1", "none"] }];
    const atLimit = list(6, (i) => chaincode(`a${i}`));
    const again = list(6, (i) => chaincode(`a${i}`, "second"));
    const small = list(20, (i) => chaincode(`b${i}`, "few"));
    const of = (...chaincodes: object[]): string[] => found({ organizations: consortium, channels, chaincodes });
    expect(of(...atLimit, ...again, ...small)).toEqual([]);
    expect(of(...atLimit, ...again, ...small, chaincode("b20", "few"))).toEqual([
      "baas:network.chaincodes: 402 chaincode servers (each version has one for each organization on its channels)",
    ]);
    expect(of(...atLimit, ...small, chaincode("a0", "second", "2"))).toEqual([
      "baas:network.chaincodes: 460 chaincode servers (each version has one for each organization on its channels)",
    ]);
    expect(of(...atLimit, ...small, chaincode("a0", "unknown", "2"))).toEqual([]);
  });

  it.each<[object, string]>([
    [
      { organizations: list(11, (i) => ({ name: `o${i}`, peers: 20 })) },
      "organizations: 220 peers of all organizations",
    ],
    [
      { organizations: [{ name: "o0", clients: Array.from({ length: 1001 }, (_, i) => `c${i}`) }] },
      "organizations: 1001 clients of all organizations",
    ],
    [{ channels: list(networkLimits.channels + 1, (i) => ({ name: `c${i}` })) }, "channels: 201 channels"],
    [{ chaincodes: list(networkLimits.chaincodes + 1, (i) => chaincode(`c${i}`)) }, "chaincodes: 201 chaincodes"],
  ])("has limits %#", (network, line) => expect(found(network)).toEqual([`baas:network.${line}`]));
});

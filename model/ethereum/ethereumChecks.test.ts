import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { checkStack } from "../project/stacks";
import { linesOf, TestProject } from "../testing";

let project: TestProject;
beforeEach(() => {
  project = new TestProject();
  project.environment("local", { context: "test", purpose: "testing" });
  project.environment("bank", { context: "bank", purpose: "production" });
  project.environment("newer", { images: { project: "x.org", overrides: { geth: "ethereum/client-go:v1.17.4" } } });
  project.write("stacks/environments/unsaid.yaml", "{ context: unsaid, images: { project: registry.example.com } }\n");
});
afterEach(() => project.remove());

/** The mistakes of a stack file, with places relative to the network. */
function mistakes(more: object): string[] {
  const ethereum = { environment: "local", chainId: 20001, ...more };
  return linesOf(() => checkStack(project.dir, { project: "baas", stack: "net", ethereum })).map((line) =>
    line.replace("stacks/Pulumi.net.yaml baas:ethereum.", ""),
  );
}

const numbered = (i: number): string => `0x${i.toString(16).padStart(40, "0")}`;
const account = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";

describe("a stack file of an Ethereum network", () => {
  it("is a few lines", () => {
    expect(mistakes({})).toEqual([]);
    expect(mistakes({ environment: "bank", rpcNodes: 2 })).toEqual([]);
    expect(mistakes({ client: "geth", allocations: { [account]: "100 ether" } })).toEqual([]);
    expect(mistakes({ forks: { prague: "2020-01-01T00:00:00Z", osaka: "2027-01-01T00:00:00Z" } })).toEqual([]);
    expect(mistakes({ environment: "bank", rpcNodes: 2, bootnodes: 2, allowedAccounts: [account] })).toEqual([]);
  });

  it.each<[string, object, string]>([
    [
      "allocations that are no addresses",
      { allocations: { "0x12": "1" } },
      'allocations: "0x12" is no address: 0x and 40 hexadecimal digits, whose checksum holds if some letters are capitals',
    ],
    [
      "an address with a wrong checksum",
      { allocations: { [account.replace("aA", "AA")]: "1" } },
      `allocations: "${account.replace("aA", "AA")}" is no address: 0x and 40 hexadecimal digits, whose checksum holds if some ` +
        "letters are capitals",
    ],
    [
      "an account twice",
      { allocations: { [account]: "1", [account.toLowerCase()]: "2" } },
      `allocations: "${account.toLowerCase()}" is the account "${account}" again: leave one out`,
    ],
    [
      "a balance that is none",
      { allocations: { [account]: "1.5 ether" } },
      `allocations.${account}: "1.5 ether" is not allowed: a balance is a whole number in quotes, of wei or with its unit, such as "100 ether"`,
    ],
    [
      "a balance without quotes",
      { allocations: { [account]: 1e21 } },
      `allocations.${account}: 1e+21 is not allowed: a balance must be in quotes: without them YAML reads a number, here 1e+21`,
    ],
    [
      "an address without quotes, as YAML reads it",
      { allocations: { [String(Number(account))]: "1" } },
      "allocations: 5.177053552602076e+47 is an address without quotes, which YAML reads as a number: put it in quotes",
    ],
    [
      "an allowed account without quotes, as YAML reads it",
      { allowedAccounts: [Number(account)] },
      "allowedAccounts[0]: 5.177053552602076e+47 is not allowed: an address must be in quotes: without them YAML reads a number, here " +
        "5.177053552602076e+47",
    ],
    [
      "more accounts than the custom resource has room for",
      { allocations: Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [numbered(i), "1"])) },
      'allocations: {"0x0000000000000000000000000000000000000000":"1","0x0000... is not allowed: at most 1000 accounts',
    ],
    [
      "blocks that are more than an hour apart",
      { blockPeriod: "3601s" },
      'blockPeriod: "3601s" is not allowed: blocks come within an hour, 3600s',
    ],
    [
      "a fork on a day that is not there",
      { forks: { prague: "2027-02-30T00:00:00Z" } },
      'forks.prague: "2027-02-30T00:00:00Z" is not allowed: there is no such day',
    ],
    [
      "a smoke test that cannot pay",
      { smokeTest: true, freeGas: false, allocations: { [account]: "1" } },
      "smokeTest: is true, and freeGas is false: it sends from a new account, which has no balance. Leave one of them out",
    ],
    [
      "a geth that does not seal",
      { environment: "newer", client: "geth" },
      'client: is geth, and environment "newer" names v1.17.4 of it in images.overrides: v1.13 is the last that seals with clique. Name one of v1.13',
    ],
    [
      "the chain ID of a public network that is less known",
      { chainId: 59144 },
      "chainId: 59144 is the chain ID of the public network Linea: what is signed for one could be sent to the other. Choose another number",
    ],
    [
      "a fork at no time",
      { forks: { prague: "2027-01-01" } },
      'forks.prague: "2027-01-01" is not allowed: a time is in UTC, to the second, such as 2027-01-01T00:00:00Z',
    ],
    [
      "a fork that the chain begins with",
      { forks: { cancun: "2027-01-01T00:00:00Z" } },
      "forks.cancun: the chain has cancun from its first block on, as latestFork is cancun. Leave it out",
    ],
    [
      "forks out of order",
      { forks: { prague: "2027-06-01T00:00:00Z", osaka: "2027-01-01T00:00:00Z" } },
      "forks.osaka: begins at 2027-01-01T00:00:00Z, before prague at 2027-06-01T00:00:00Z: forks begin in their order, shanghai, cancun, " +
        "prague, osaka. Write a later time",
    ],
    [
      "later forks of geth",
      { client: "geth", forks: { cancun: "2027-01-01T00:00:00Z" } },
      "forks: names cancun, and client is geth: with clique it makes no blocks of shanghai, cancun, prague, osaka. Leave it out, or write " +
        "client: besu",
    ],
    [
      "an allowed account that is no address",
      { allowedAccounts: [account, "0x12"] },
      'allowedAccounts: "0x12" is no address: 0x and 40 hexadecimal digits, whose checksum holds if some letters are capitals',
    ],
    [
      "an allowed account twice",
      { allowedAccounts: [account, account.toLowerCase()] },
      `allowedAccounts: "${account.toLowerCase()}" is the account "${account}" again: leave one out`,
    ],
    [
      "nobody who may send",
      { allowedAccounts: [] },
      "allowedAccounts: [] is not allowed: an empty list would let nobody send transactions: leave it out to let everybody",
    ],
    [
      "allowed accounts of geth",
      { client: "geth", allowedAccounts: [account] },
      "allowedAccounts: client is geth, which takes transactions of all. Leave it out, or write client: besu",
    ],
    [
      "a smoke test that may not send",
      { smokeTest: true, allowedAccounts: [account] },
      "smokeTest: is true: it sends from a new account, which is not among allowedAccounts. Leave one of them out",
    ],
    [
      "a single bootnode in production",
      { environment: "bank", rpcNodes: 2, bootnodes: 1 },
      'bootnodes: is 1, and environment "bank" is for production: with the only bootnode all RPC nodes lose the chain. Write bootnodes: 2, ' +
        "or more, or leave it out",
    ],
    [
      "the chain ID of a public network",
      { chainId: 1 },
      "chainId: 1 is the chain ID of the public network Ethereum: what is signed for one could be sent to the other. Choose another number",
    ],
    [
      "blocks within a second",
      { blockPeriod: "500ms" },
      'blockPeriod: "500ms" is not allowed: blocks come in whole seconds, such as 2s',
    ],
    [
      "geth with a fork that clique does not know",
      { client: "geth", latestFork: "osaka" },
      "latestFork: is osaka, and client is geth: with clique it makes no blocks of shanghai, cancun, prague, osaka. Leave it out, or write client: besu",
    ],
    [
      "geth in production",
      { environment: "bank", client: "geth", rpcNodes: 2 },
      'client: is geth, and environment "bank" is for production: the last geth that seals with clique gets no more fixes. Write client: besu',
    ],
    [
      "geth where nobody says that it is for testing",
      { environment: "unsaid", client: "geth" },
      'client: is geth, and environment "unsaid" does not say that it is for testing: the last geth that seals with clique gets no more ' +
        "fixes. Write client: besu, or purpose: testing in the environment's file",
    ],
    ...[2, 3].map((validators): [string, object, string] => [
      `${validators} validators in production`,
      { environment: "bank", validators, rpcNodes: 2 },
      `validators: is ${validators}, and environment "bank" is for production: of fewer than 4 validators none may fail, in whatever way. ` +
        "Write validators: 4, or more",
    ]),
    [
      "a single RPC node in production",
      { environment: "bank" },
      'rpcNodes: is 1, and environment "bank" is for production: with the only RPC node all clients stop. Write rpcNodes: 2, or more',
    ],
    [
      "a smoke test in production",
      { environment: "bank", rpcNodes: 2, smokeTest: true },
      'smokeTest: is true, and environment "bank" is for production: it deploys a contract to a chain that keeps it for ever. Leave it ' +
        "out, and test in another environment",
    ],
  ])("is refused with %s", (_name, more, line) => {
    expect(mistakes(more)).toEqual([line]);
  });

  it("is refused with the chain ID of another stack, in whatever cluster", () => {
    project.write("stacks/Pulumi.other.yaml", "config: { baas:ethereum: { environment: bank, chainId: 20001 } }\n");
    expect(mistakes({})).toEqual([
      "chainId: 20001 is the chain ID of stacks/Pulumi.other.yaml too: a transaction that is signed for one chain could be sent to " +
        "the other. Choose another number",
    ]);
  });

  it("is warned of validators that cannot spare one, and of gas that nobody can pay for", () => {
    const warnings = (more: object) =>
      checkStack(project.dir, {
        project: "baas",
        stack: "net",
        ethereum: { environment: "local", chainId: 20001, ...more },
      }).warnings.map(({ path, message }) => `${path}: ${message}`);
    expect(warnings({ validators: 3 })).toEqual([]);
    expect(warnings({ validators: 2 })).toEqual([
      "baas:ethereum.validators: 2 validators go on without none of them: the chain stops while one is away. Write validators: 4, which " +
        "tolerate 1",
    ]);
    const unpaid =
      "baas:ethereum.freeGas: is false, and no account has a balance: nobody can ever send a transaction, as neither changes later. Give " +
      "accounts allocations, or leave it out";
    expect(warnings({ freeGas: false })).toEqual([unpaid]);
    expect(warnings({ freeGas: false, allocations: { [account]: "0 ether" } })).toEqual([unpaid]);
    expect(warnings({ freeGas: false, allocations: { [account]: "1" } })).toEqual([]);
    expect(warnings({ client: "geth", freeGas: false })).toEqual([]);
  });
});

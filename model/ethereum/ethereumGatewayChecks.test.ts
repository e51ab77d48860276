import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { checkStack } from "../project/stacks";
import { linesOf, TestProject } from "../testing";

let project: TestProject;
beforeEach(() => {
  project = new TestProject();
  const gateway = { ports: { from: 30443, to: 30445 } };
  project.environment("local", { context: "test", purpose: "testing", gateway });
  project.environment("bank", { context: "bank", purpose: "production", gateway });
  project.environment("closed", { context: "closed", purpose: "testing" });
});
afterEach(() => project.remove());

const domain = "chain.example.com";
const wallets = { name: "wallets", sha256: "ab".repeat(32) };

/** The mistakes of a stack file, with places relative to the network. */
function mistakes(gateway: object, more: object = {}): string[] {
  const ethereum = { environment: "local", chainId: 20001, domain, gateway: { port: 30443, ...gateway }, ...more };
  return linesOf(() => checkStack(project.dir, { project: "baas", stack: "net", ethereum })).map((line) =>
    line.replace("stacks/Pulumi.net.yaml baas:ethereum.", ""),
  );
}

const production = { environment: "bank", rpcNodes: 2 };

describe("the gateway of an Ethereum network", () => {
  it("needs no more than its port, and in production tokens and a certificate", () => {
    expect(mistakes({})).toEqual([]);
    expect(mistakes({ tokens: [wallets], certificateSecret: "rpc-tls" }, production)).toEqual([]);
  });

  it("has all methods that are let in, and the limits, in its plan", () => {
    const methods = { add: ["txpool_status", "eth_call"], remove: ["eth_sendRawTransaction"] };
    const gateway = { port: 30444, methods, calls: { body: "64Ki" } };
    const ethereum = { environment: "local", chainId: 20001, domain, gateway };
    const stack = checkStack(project.dir, { project: "baas", stack: "net", ethereum });
    const plan = stack.kind === "ethereum" ? stack.ethereum.gateway! : undefined;
    expect(plan).toMatchObject({
      host: `rpc.${domain}`,
      calls: { batch: 100, bodyBytes: 65_536, logBlocks: 10_000, subscriptions: 20, perSecond: 100 },
    });
    expect(plan!.methods).toContain("txpool_status");
    expect(plan!.methods).not.toContain("eth_sendRawTransaction");
    expect(plan!.methods.filter((method) => method === "eth_call")).toEqual(["eth_call"]);
  });

  it("takes a port and a domain that no other stack of the cluster may have", () => {
    project.write(
      "stacks/Pulumi.other.yaml",
      `config: { baas:ethereum: { environment: local, chainId: 20002, domain: ${domain}, gateway: { port: 30443 } } }\n`,
    );
    expect(mistakes({})).toEqual([
      `domain: "${domain}" is the domain of stacks/Pulumi.other.yaml too: two stacks of environment "local" cannot share it`,
      'gateway.port: 30443 is the gateway\'s port of stacks/Pulumi.other.yaml too: two stacks of environment "local" cannot share it; ' +
        "the next free one is 30444",
    ]);
  });

  const never = {
    filter:
      "keeps a filter on one node, which another does not know: clients poll eth_getLogs, or subscribe over a WebSocket. Leave it out",
    signs:
      "has a node sign, which has no key for clients: they sign themselves, and send with eth_sendRawTransaction. Leave it out",
    commands: "commands or inspects a node: call it from inside the cluster, with kubectl port-forward. Leave it out",
  };
  it.each<[string, object, object, string]>([
    [
      "without a domain",
      {},
      { domain: undefined },
      "domain: is missing: clients reach the gateway by rpc.<domain>. Write one, such as chain.example.com",
    ],
    [
      "in an environment that exposes none",
      {},
      { environment: "closed" },
      'gateway: environment "closed" exposes no gateways: give stacks/environments/closed.yaml a "gateway" with the ports of its networks',
    ],
    [
      "with a port of another range",
      { port: 30500 },
      {},
      'gateway.port: 30500 is not one of the ports 30443 to 30445 of environment "local": the next free one is 30443',
    ],
    [
      "with a token in place of its hash",
      { tokens: [{ name: "wallets", sha256: "my-token-0123456789" }] },
      {},
      'gateway.tokens[0].sha256: "my-token-0123456789" is not allowed: the SHA-256 of the token is expected, 64 hexadecimal digits, not the ' +
        "token itself: printf %s TOKEN | sha256sum",
    ],
    [
      "with two tokens of one name",
      { tokens: [wallets, { ...wallets, sha256: "cd".repeat(32) }] },
      {},
      'gateway.tokens[1].name: "wallets" is the name of another token too: the log would not tell them apart. Choose another name',
    ],
    [
      "with one token for two",
      { tokens: [wallets, { ...wallets, name: "explorer" }] },
      {},
      'gateway.tokens[1].sha256: is the hash of the token "wallets" too: one could not be revoked without the other. Make another token',
    ],
    [
      "with the hash of nothing",
      { tokens: [{ ...wallets, sha256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" }] },
      {},
      "gateway.tokens[0].sha256: is the hash of no characters at all, so no token was hashed: printf %s TOKEN | sha256sum",
    ],
    [
      "with filters",
      { methods: { add: ["eth_newFilter"] } },
      {},
      `gateway.methods.add[0]: "eth_newFilter" ${never.filter}`,
    ],
    [
      "with signatures",
      { methods: { add: ["eth_sendTransaction"] } },
      {},
      `gateway.methods.add[0]: "eth_sendTransaction" ${never.signs}`,
    ],
    [
      "with accounts of nodes",
      { methods: { add: ["personal_sign"] } },
      {},
      `gateway.methods.add[0]: "personal_sign" ${never.signs}`,
    ],
    ...[
      "admin_addPeer",
      "debug_traceCall",
      "qbft_proposeValidatorVote",
      "clique_propose",
      "miner_start",
      "engine_newPayloadV3",
    ].map((method): [string, object, object, string] => [
      `with ${method}`,
      { methods: { add: [method] } },
      {},
      `gateway.methods.add[0]: "${method}" ${never.commands}`,
    ]),
    [
      "with a method that nobody knows",
      { methods: { add: ["txpool_stats"] } },
      {},
      'gateway.methods.add[0]: there is no method to add "txpool_stats". Did you mean "txpool_status"? There are: eth_accounts, eth_protocolVersion, net_peerCount, ' +
        "txpool_besuStatistics, txpool_besuTransactions, txpool_content, txpool_inspect, txpool_status",
    ],
    [
      "without a method that is none",
      { methods: { remove: ["eth_getLog"] } },
      {},
      'gateway.methods.remove[0]: "eth_getLog" is none of the usual methods, so it cannot be called anyway. Did you mean "eth_getLogs"? Leave it out',
    ],
    [
      "with an origin that is a page",
      { origins: ["https://app.example.com/wallet"] },
      {},
      'gateway.origins[0]: "https://app.example.com/wallet" is not allowed: the origin of a page is expected, such as https://app.example.com, without a path',
    ],
    [
      "with an origin as no browser writes it",
      { origins: ["https://app.example.com:443"] },
      {},
      'gateway.origins[0]: "https://app.example.com:443" is not allowed: browsers write it otherwise: without the port that is usual for it, and with none above 65535',
    ],
    [
      "with a method that is added and removed",
      { methods: { add: ["eth_call"], remove: ["eth_call"] } },
      {},
      'gateway.methods.remove[0]: "eth_call" is in add, too: leave one of them out',
    ],
    [
      "with large bodies",
      { calls: { body: "17Mi" } },
      {},
      'gateway.calls.body: "17Mi" is not allowed: a body has at most 16Mi',
    ],
    ["with no batch", { calls: { batch: 0 } }, {}, "gateway.calls.batch: 0 is not allowed: at least 1"],
    [
      "without tokens in production",
      { certificateSecret: "rpc-tls" },
      production,
      'gateway.tokens: is missing, and environment "bank" is for production: whoever reaches the port could send transactions. Write the hash ' +
        "of a token for each client",
    ],
    [
      "without a certificate in production",
      { tokens: [wallets] },
      production,
      'gateway.certificateSecret: is missing, and environment "bank" is for production: no client trusts a certificate that a pod has made for ' +
        "itself. Name a Secret with one for rpc.<domain>",
    ],
  ])("is refused %s", (_name, gateway, more, line) => {
    expect(mistakes(gateway, more)).toEqual([line]);
  });
});

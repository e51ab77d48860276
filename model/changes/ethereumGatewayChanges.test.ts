import { describe, expect, it } from "vitest";

import { ethereumGatewayChanges, type EthereumGatewayDescription } from "./ethereumGatewayChanges";

const gateway: EthereumGatewayDescription = {
  ...{ host: "rpc.chain.example.com", port: 30443, replicas: 2, exposure: "NodePort" },
  ...{ clients: ["wallets (abababab)"], methods: ["eth_call", "eth_getLogs"], calls: { batch: 100, perSecond: 100 } },
};

/** Each change as one line: loud ones with an exclamation mark, then what follows. */
function lines(before?: EthereumGatewayDescription, after?: EthereumGatewayDescription): string[] {
  return ethereumGatewayChanges(before, after).map(
    ({ action, subject, text, consequences, loud }) =>
      `${loud ? "! " : ""}${action} ${subject}: ${[text, ...consequences].join(" | ")}`,
  );
}

describe("the gateway of an Ethereum network", () => {
  it("comes, and goes", () => {
    expect(lines()).toEqual([]);
    expect(lines(gateway, gateway)).toEqual([]);
    expect(lines(undefined, gateway)).toEqual(["add gateway: https://rpc.chain.example.com:30443; 1 token"]);
    const { clients: _, ...open } = gateway;
    expect(lines(undefined, open)).toEqual([
      "add gateway: https://rpc.chain.example.com:30443; anyone may call | whoever reaches the port may call, and send transactions",
    ]);
    expect(lines(gateway, undefined)).toEqual([
      "! remove gateway: https://rpc.chain.example.com:30443; 1 token | nothing of the network is reached from outside the cluster any more",
    ]);
  });

  it.each<[string, Partial<EthereumGatewayDescription>, string[]]>([
    [
      "the port",
      { port: 30444 },
      [
        "! change gateway: port 30443 -> 30444 | clients must call https://rpc.chain.example.com:30444; the old port closes",
      ],
    ],
    [
      "the name",
      { host: "rpc.example.com" },
      ["! change gateway: name rpc.chain.example.com -> rpc.example.com | clients must call the new name"],
    ],
    [
      "the certificate",
      { certificateSecret: "rpc-tls" },
      [
        "! change gateway: certificate that each pod makes -> rpc-tls | clients must trust who has issued it; WebSockets come back to other pods",
      ],
    ],
    [
      "a token",
      { clients: ["wallets (cdcdcdcd)"] },
      [
        "add gateway: token wallets (cdcdcdcd)",
        "! remove gateway: token wallets (abababab) | clients with it are refused, and their WebSockets end, without a restart",
      ],
    ],
    [
      "a method",
      { methods: ["eth_call", "txpool_status"] },
      [
        "add gateway: method txpool_status | clients may call it from now on",
        "! remove gateway: method eth_getLogs | clients that call it get an error",
      ],
    ],
    [
      "limits",
      { calls: { batch: 10, perSecond: 50 }, replicas: 3 },
      [
        "change gateway: replicas 2 -> 3",
        "change gateway: calls batch 100 -> 10, perSecond 100 -> 50 | loaded without a restart",
      ],
    ],
  ])("changes %s", (_name, change, expected) => {
    expect(lines(gateway, { ...gateway, ...change })).toEqual(expected);
  });

  it("begins, or ends, to ask for tokens", () => {
    const { clients: _, ...open } = gateway;
    expect(lines(open, gateway)).toEqual([
      "add gateway: token wallets (abababab) | clients without a token are refused from now on",
    ]);
    expect(lines(gateway, open)).toEqual([
      "! remove gateway: tokens | whoever reaches the port may call, and send transactions",
    ]);
  });
});

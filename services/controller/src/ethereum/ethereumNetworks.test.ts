import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { KubernetesDouble } from "../../../common/testing/kubernetesDouble";
import { collections, type EthereumNetwork } from "../resources";
import { clientOf } from "../testing/apiClient";
import { EthereumNetworks } from "./ethereumNetworks";
import type { NodeState } from "./jsonRpc";

const namespace = "ethnet";
const now = 1_800_000_000;
const hosts = ["validator0", "validator1", "validator2"];

let kubernetes: KubernetesDouble;
let states: Map<string, NodeState>;
let networks: EthereumNetworks;
beforeEach(async () => {
  kubernetes = await KubernetesDouble.start();
  states = new Map(hosts.map((name) => [name, { block: 7, timestamp: now - 1, peers: 2 }]));
  networks = new EthereumNetworks({
    api: clientOf(kubernetes),
    now: () => now * 1000,
    async ask(url) {
      const state = states.get(new URL(url).hostname.split(".")[0]!);
      if (state === undefined) throw new Error("net_peerCount: connect ECONNREFUSED");
      return state;
    },
  });
});
afterEach(() => kubernetes.stop());

const network = (spec: Partial<EthereumNetwork["spec"]> = {}): EthereumNetwork => ({
  metadata: { name: "chain", namespace, labels: { "baas.io/network": "ethnet" } },
  spec: {
    client: "geth",
    chainId: 20001,
    blockPeriodSeconds: 1,
    gasLimit: 30_000_000,
    freeGas: true,
    latestFork: "london",
    allocations: [],
    validators: hosts.map((name) => ({ name, host: `${name}.ethnet.svc` })),
    ...spec,
  },
});

function publish(name: string, digit: string): void {
  kubernetes.apply(collections.configMaps(namespace), {
    metadata: { name: `${name}-identity`, namespace },
    data: { enodeId: digit.repeat(128), address: `0x${digit.repeat(40)}` },
  });
}

const genesis = () => kubernetes.objects.get(`${collections.configMaps(namespace)}/ethereum-genesis`);
const testAccount = () => kubernetes.objects.get(`${collections.secrets(namespace)}/ethereum-test-account`);

describe("an Ethereum network", () => {
  it("waits for all validators to publish who they are", async () => {
    publish("validator1", "b");
    expect(await networks.reconcile(network())).toEqual({
      ready: false,
      reason: "IdentitiesMissing",
      message: "Waits for validator0, validator2 to publish who they are.",
      retry: false,
    });
    expect(genesis()).toBeUndefined();
  });

  it("gets its genesis once, which never changes", async () => {
    hosts.forEach((name, i) => publish(name, "abc"[i]!));
    expect(await networks.reconcile(network())).toMatchObject({
      ready: true,
      message: "The validators of chain 20001 make blocks",
    });
    const made = genesis()!;
    expect(made.immutable).toBe(true);
    expect(made.metadata.annotations).toEqual({ "baas.io/retain": "until-purge" });
    const { config, extraData, alloc } = JSON.parse(made.data["genesis.json"]);
    expect(config).toMatchObject({ chainId: 20001, clique: { period: 1 } });
    expect(extraData).toContain("a".repeat(40) + "b".repeat(40) + "c".repeat(40));
    expect(Object.values(alloc)).toEqual([{ balance: "0xd3c21bcecceda1000000" }]);
    expect(JSON.parse(made.data["validators.json"])[1]).toEqual({
      name: "validator1",
      host: "validator1.ethnet.svc",
      enodeId: "b".repeat(128),
      address: `0x${"b".repeat(40)}`,
    });
    publish("validator1", "d");
    await networks.reconcile(network());
    expect(genesis()!.data).toEqual(made.data);
  });

  it("of Besu has no account with a balance, since gas is free", async () => {
    hosts.forEach((name, i) => publish(name, "abc"[i]!));
    await networks.reconcile(network({ client: "besu", latestFork: "prague" }));
    const { config, alloc } = JSON.parse(genesis()!.data["genesis.json"]);
    expect(alloc).toEqual({});
    expect(config).toMatchObject({ zeroBaseFee: true, pragueTime: 0 });
    expect(config).not.toHaveProperty("osakaTime");
    expect(testAccount()).toBeUndefined();
  });

  it("says which validators are silent, and when they are too many", async () => {
    hosts.forEach((name, i) => publish(name, "abc"[i]!));
    states.delete("validator1");
    const silence = "validator1 (net_peerCount: connect ECONNREFUSED)";
    expect(await networks.reconcile(network())).toMatchObject({
      ready: true,
      message: `The validators of chain 20001 make blocks. Silent: ${silence}`,
    });
    states.delete("validator0");
    expect(await networks.reconcile(network())).toMatchObject({
      reason: "QuorumLost",
      message: `1 of 3 validators answer, and 2 must agree on a block. Silent: validator0 (net_peerCount: connect ECONNREFUSED), ${silence}.`,
    });
  });

  it("says when no block was made, or none for a while", async () => {
    hosts.forEach((name, i) => publish(name, "abc"[i]!));
    for (const name of hosts) states.set(name, { block: 0, timestamp: 0, peers: 2 });
    expect(await networks.reconcile(network())).toMatchObject({
      reason: "NoBlocks",
      message: "The validators have the genesis, and have made no block yet.",
    });
    for (const name of hosts) states.set(name, { block: 9, timestamp: now - 300, peers: 1 });
    expect(await networks.reconcile(network())).toMatchObject({
      reason: "Stalled",
      message:
        "The last block, 9, is 300 s old. Peers: validator0 1, validator1 1, validator2 1. See the logs of the validators.",
    });
  });
});

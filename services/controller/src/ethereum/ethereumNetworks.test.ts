import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { ForkTime } from "../../../../model/contracts/ethereum";
import { KubernetesDouble } from "../../../common/testing/kubernetesDouble";
import { collections, type EthereumNetwork } from "../resources";
import { clientOf } from "../testing/apiClient";
import { EthereumNetworks } from "./ethereumNetworks";
import type { NodeState } from "./jsonRpc";
import type { Voting } from "./voting";

/** A chain whose validators vote in memory: what more than half of them want is done at once. */
class ChainDouble implements Voting {
  readonly votes = new Map<string, Record<string, boolean>>();

  constructor(public addresses: string[]) {}

  validators = async () => this.addresses;
  pending = async (url: string) => ({ ...this.votes.get(url) });

  async propose(url: string, address: string, isValidator: boolean) {
    this.votes.set(url, { ...this.votes.get(url), [address]: isValidator });
  }

  async discard(url: string, address: string) {
    const { [address]: _gone, ...rest } = this.votes.get(url) ?? {};
    this.votes.set(url, rest);
  }

  /** Makes a block: votes that enough validators cast are done. */
  count(): void {
    const cast = [...this.votes.values()].flatMap((votes) => Object.entries(votes));
    for (const [address, isValidator] of cast) {
      const same = cast.filter(([one, vote]) => one === address && vote === isValidator).length;
      if (2 * same <= this.addresses.length) continue;
      const others = this.addresses.filter((one) => one !== address);
      this.addresses = isValidator ? [...others, address] : others;
    }
  }
}

const addressOf = (digit: string): string => `0x${digit.repeat(40)}`;
const namespace = "ethnet";
const now = 1_800_000_000;
const hosts = ["validator0", "validator1", "validator2"];

let kubernetes: KubernetesDouble;
let states: Map<string, NodeState>;
let networks: EthereumNetworks;
let chain: ChainDouble;
beforeEach(async () => {
  kubernetes = await KubernetesDouble.start();
  chain = new ChainDouble(["a", "b", "c"].map(addressOf));
  states = new Map(hosts.map((name) => [name, { block: 7, timestamp: now - 1, peers: 2 }]));
  networks = new EthereumNetworks({
    api: clientOf(kubernetes),
    now: () => now * 1000,
    async ask(url) {
      const state = states.get(new URL(url).hostname.split(".")[0]!);
      if (state === undefined) throw new Error("net_peerCount: connect ECONNREFUSED");
      return state;
    },
    votingOf: () => chain,
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

describe("the forks of an Ethereum network", () => {
  const withForks = (forks: ForkTime[], status: EthereumNetwork["status"] = {}): EthereumNetwork => ({
    ...network({ client: "besu", latestFork: "cancun", ...(forks.length > 0 && { forks }) }),
    status,
  });
  const prague = (time: number): ForkTime => ({ name: "prague", time });
  const kept = () => kubernetes.objects.get(`${collections.configMaps(namespace)}/ethereum-forks`);
  const makesBlocks = "The validators of chain 20001 make blocks";
  beforeEach(() => hosts.forEach((name, i) => publish(name, "abc"[i]!)));

  it("may have begun before its first block, and are kept beside its genesis", async () => {
    expect(await networks.reconcile(withForks([prague(now - 500)]))).toMatchObject({
      ready: true,
      message: makesBlocks,
      observed: { chainTime: now - 1, forks: [prague(now - 500)] },
    });
    expect(kept()!.data).toEqual({
      "forks.json": `[{"name":"prague","time":${now - 500}}]`,
      "considered.json": `[{"name":"prague","time":${now - 500}}]`,
    });
    expect(kept()!.metadata.annotations).toEqual({ "baas.io/retain": "until-purge" });
    expect(JSON.parse(genesis()!.data["genesis.json"]).config).not.toHaveProperty("pragueTime");
  });

  it("are added while it lives, and announced", async () => {
    await networks.reconcile(withForks([]));
    expect(kept()).toBeUndefined();
    expect(await networks.reconcile(withForks([prague(now + 7200)]))).toMatchObject({
      ready: true,
      message: `${makesBlocks}. Fork prague begins at 2027-01-15T10:00:00Z`,
    });
    expect(kept()!.data!["forks.json"]).toBe(`[{"name":"prague","time":${now + 7200}}]`);
  });

  it("are refused in the past, whatever the API server took, and nodes keep those that they have", async () => {
    await networks.reconcile(withForks([]));
    expect(await networks.reconcile(withForks([prague(now)]))).toMatchObject({
      ready: false,
      reason: "ForksRefused",
      message:
        "Nodes keep the forks that they have: prague would have begun at 2027-01-15T08:00:00Z, when blocks were made without it: write a " +
        "time to come for forks.prague.",
      observed: { forks: [] },
    });
    expect(kept()!.data).toEqual({
      "forks.json": "[]",
      "considered.json": `[{"name":"prague","time":${now}}]`,
    });
    expect(await networks.reconcile(withForks([]))).toMatchObject({ ready: true });
    expect(kept()!.data!["considered.json"]).toBe("[]");
  });

  it("are refused when the first block has them", async () => {
    await networks.reconcile(withForks([]));
    const cancun: ForkTime = { name: "cancun", time: now + 7200 };
    expect(await networks.reconcile(withForks([cancun]))).toMatchObject({
      reason: "ForksRefused",
      message:
        "Nodes keep the forks that they have: the chain has cancun from its first block on: leave forks.cancun out.",
    });
  });

  it("that are near are waited for until all nodes run as declared", async () => {
    await networks.reconcile(withForks([]));
    const path = collections.rollouts(namespace);
    kubernetes.apply(path, { metadata: { name: "nodes", namespace }, spec: { nodes: [] } });
    const rollout = (status: string, message: string) =>
      kubernetes.setStatus(`${path}/nodes`, {
        observedGeneration: 1,
        conditions: [{ type: "Ready", status, reason: "R", message, lastTransitionTime: "2027-01-01T00:00:00Z" }],
      });
    rollout("False", "Restarting validator1, because its pod template has changed.");
    const near = withForks([prague(now + 600)]);
    expect(await networks.reconcile(near)).toMatchObject({
      reason: "ForkNear",
      message:
        "Fork prague begins at 2027-01-15T08:10:00Z, and nodes that have not restarted by then may lose the chain until they do. Restarting " +
        "validator1, because its pod template has changed.",
    });
    rollout("True", "All 5 nodes are ready and run as declared");
    expect(await networks.reconcile(near)).toMatchObject({ ready: true });
  });

  it("leave the chain's time as it was for minutes, unless one has begun", async () => {
    const observed = async (chainTime: number, forks: ForkTime[] = []) =>
      (await networks.reconcile(withForks(forks, { chainTime, forks }))).observed;
    expect(await observed(now - 200)).toMatchObject({ chainTime: now - 200 });
    expect(await observed(now - 400)).toMatchObject({ chainTime: now - 1 });
    expect(await observed(now - 200, [prague(now - 100)])).toMatchObject({ chainTime: now - 200 });
  });
});

describe("the validators of an Ethereum network", () => {
  const named = (...names: string[]) =>
    network({ validators: names.map((name) => ({ name, host: `${name}.ethnet.svc` })) });
  const all = [...hosts, "validator3"];
  const later = () => kubernetes.objects.get(`${collections.configMaps(namespace)}/ethereum-validators`);
  beforeEach(async () => {
    hosts.forEach((name, i) => publish(name, "abc"[i]!));
    await networks.reconcile(network());
  });

  it("are joined by one that has published who it is and is in sync, when more than half vote for it", async () => {
    expect(await networks.reconcile(named(...all))).toMatchObject({
      reason: "AddingValidator",
      message: "Waits for validator3 to publish who they are, to be validators.",
    });
    publish("validator3", "d");
    expect(await networks.reconcile(named(...all))).toMatchObject({
      message: "Adds validator3 when it is in sync: it does not answer (net_peerCount: connect ECONNREFUSED).",
    });
    expect(JSON.parse(later()!.data["validators.json"])).toEqual([
      { name: "validator3", host: "validator3.ethnet.svc", enodeId: "d".repeat(128), address: addressOf("d") },
    ]);
    states.set("validator3", { block: 2, timestamp: now - 5, peers: 3 });
    expect(await networks.reconcile(named(...all))).toMatchObject({
      message: "Adds validator3 when it is in sync: it is at block 2, and others at 7.",
    });
    expect(chain.votes.size).toBe(0);
    states.set("validator3", { block: 6, timestamp: now - 1, peers: 3 });
    states.delete("validator1");
    expect(await networks.reconcile(named(...all))).toMatchObject({
      ready: false,
      reason: "AddingValidator",
      message:
        `Adds validator3, ${addressOf("d")}: quorum 2 -> 3, tolerates 1. 2 of 3 vote for that, and 2 must. ` +
        "Not voting: validator1 (net_peerCount: connect ECONNREFUSED).",
    });
    chain.count();
    expect(await networks.reconcile(named(...all))).toMatchObject({ ready: true });
    expect([...chain.votes.values()]).toEqual([{}, {}]);
  });

  it("vote again when their votes were dropped", async () => {
    publish("validator3", "d");
    states.set("validator3", { block: 7, timestamp: now - 1, peers: 3 });
    await networks.reconcile(named(...all));
    chain.votes.clear();
    await networks.reconcile(named(...all));
    chain.count();
    expect(chain.addresses).toContain(addressOf("d"));
  });

  it("vote one out, the last one first, and are done when it holds", async () => {
    expect(await networks.reconcile(named("validator0"))).toMatchObject({
      reason: "RemovingValidator",
      message: `Removes validator2, ${addressOf("c")}: quorum 2, tolerates 0. 3 of 3 vote for that, and 2 must.`,
    });
    expect(later()!.data["present.json"]).toBe('["validator0"]');
    chain.count();
    expect(await networks.reconcile(named("validator0"))).toMatchObject({
      message: `Removes validator1, ${addressOf("b")}: quorum 2 -> 1, tolerates 0. 2 of 2 vote for that, and 2 must.`,
    });
    chain.count();
    states.delete("validator1");
    states.delete("validator2");
    expect(await networks.reconcile(named("validator0"))).toMatchObject({ ready: true });
    expect(chain.addresses).toEqual([addressOf("a")]);
  });

  it("vote nobody out while it is unknown who one of them is", async () => {
    await networks.reconcile(named("validator0", "validator1", "validator3"));
    expect(chain.votes.size).toBe(0);
  });

  it("are not taken for agreed when no node says who they are", async () => {
    chain.validators = async () => {
      throw new Error("clique_getSigners: method not found");
    };
    expect(await networks.reconcile(named("validator0"))).toMatchObject({
      ready: false,
      reason: "ValidatorsUnknown",
      message: "validator0 does not say who the validators are: clique_getSigners: method not found.",
    });
  });
});

import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { jsonLog } from "../../../common/log";
import { KubernetesDouble } from "../../../common/testing/kubernetesDouble";
import { ethereumNetworks } from "../kinds";
import { Metrics } from "../metrics";
import type { SeenObjects } from "../objects";
import { collections } from "../resources";
import { clientOf } from "../testing/apiClient";
import { EthereumWatch } from "./ethereumWatch";
import type { NodeState } from "./jsonRpc";

const key = "bank/chain";
const names = ["validator0", "validator1", "validator2", "validator3"];
const addressOf = (name: string): string => `0x${name.at(-1)!.repeat(40)}`;

let kubernetes: KubernetesDouble;
let network: any;
let states: Record<string, NodeState>;
let members: string[] | undefined;
let proposed: Record<string, number> | undefined;
let metrics: Metrics;
let watch: EthereumWatch;

beforeEach(async () => {
  kubernetes = await KubernetesDouble.start();
  const validators = names.map((name) => ({ name, host: `${name}.bank.svc` }));
  network = {
    metadata: { name: "chain", namespace: "bank", labels: { "baas.io/network": "trade" } },
    spec: { client: "besu", blockPeriodSeconds: 2, validators },
  };
  kubernetes.apply(collections.configMaps("bank"), {
    metadata: { name: "ethereum-genesis", namespace: "bank" },
    data: { "validators.json": JSON.stringify(names.map((name) => ({ name, address: addressOf(name) }))) },
  });
  states = Object.fromEntries(names.map((name) => [name, { block: 7, timestamp: 1_800_000_000, peers: 4 }]));
  members = names.map(addressOf);
  proposed = Object.fromEntries(names.map((name) => [addressOf(name), 25]));
  metrics = new Metrics();
  const objects = {
    get: (kind: unknown, of: string) => (kind === ethereumNetworks && of === key ? network : undefined),
  };
  watch = new EthereumWatch({
    ...{
      api: clientOf(kubernetes),
      objects: objects as unknown as SeenObjects,
      metrics,
      log: jsonLog("info", () => {}),
    },
    async askNode(url) {
      const state = states[new URL(url).hostname.split(".")[0]!];
      if (state === undefined) throw new Error("connect ECONNREFUSED");
      return state;
    },
    askValidators: async () => members ?? Promise.reject(new Error("method not found")),
    askProposed: async () => proposed ?? Promise.reject(new Error("method not found")),
    askEthereumEvery: 5,
  });
  watch.queue.start();
  watch.wake(key);
});
afterEach(async () => {
  watch.queue.stop();
  await kubernetes.stop();
});

/** A metric by its last label, such as `{ wanted: 4 }`. */
async function figures(name: string): Promise<Record<string, number>> {
  const text = await metrics.registry.metrics();
  const line = new RegExp(`^baas_ethereum_${name}\\{namespace="bank",network="trade",\\w+="(\\w+)"\\} (\\d+)$`, "gm");
  return Object.fromEntries([...text.matchAll(line)].map(([, label, value]) => [label!, Number(value)]));
}
const until = (name: string, wanted: Record<string, number>) =>
  vi.waitFor(async () => expect(await figures(name)).toEqual(wanted), { timeout: 10_000, interval: 5 });
const ofAll = (value: number) => Object.fromEntries(names.map((name) => [name, value]));

it("exports what validators say of blocks, of peers, and of who made the last blocks", async () => {
  await until("validators", { wanted: 4, agreed: 4, answering: 4, quorum: 3 });
  await until("block_number", ofAll(7));
  await until("block_timestamp_seconds", ofAll(1_800_000_000));
  await until("peers", ofAll(4));
  await until("validator_answers", ofAll(1));
  await until("proposed_blocks", ofAll(25));
  expect(await metrics.registry.metrics()).toContain(
    'baas_ethereum_block_period_seconds{namespace="bank",network="trade"} 2',
  );
});

it("keeps the last block of a validator that is silent", async () => {
  await until("block_number", ofAll(7));
  delete states.validator2;
  await until("validators", { wanted: 4, agreed: 4, answering: 3, quorum: 3 });
  expect(await figures("validator_answers")).toMatchObject({ validator1: 1, validator2: 0 });
  expect(await figures("block_number")).toEqual(ofAll(7));
  expect(await figures("peers")).not.toHaveProperty("validator2");
});

it("counts a validator that joins when the chain has it", async () => {
  members = names.slice(0, 3).map(addressOf);
  await until("validators", { wanted: 4, agreed: 3, answering: 3, quorum: 2 });
  expect(await figures("proposed_blocks")).not.toHaveProperty("validator3");
});

it("says of a validator that made none of the last blocks that it made none", async () => {
  delete proposed![addressOf("validator3")];
  await until("proposed_blocks", { validator0: 25, validator1: 25, validator2: 25, validator3: 0 });
});

it("goes on with what it knew of the chain when no validator tells who makes blocks", async () => {
  await until("validators", { wanted: 4, agreed: 4, answering: 4, quorum: 3 });
  [members, proposed] = [undefined, undefined];
  await until("proposed_blocks", {});
  expect(await figures("validators")).toEqual({ wanted: 4, agreed: 4, answering: 4, quorum: 3 });
});

it("forgets a network that is gone", async () => {
  await until("peers", ofAll(4));
  network = undefined;
  await until("peers", {});
});

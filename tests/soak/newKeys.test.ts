/**
 * Nodes of the stack `trade` replace their private keys on real Fabric, under a steady load of transactions; see fabricCluster.ts. It
 * prints nodes that were away at one time, failed transactions and durations for people to judge.
 */
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, describe, expect, vi } from "vitest";

import { connect } from "../../cli/engine/cluster/clusterConnection";
import { nodesForNewKeys, renewableNodes, renewNodes } from "../../cli/renew/renewNodes";
import { describeChannel } from "../../fabric/src/config/describe";
import { parseKeyReport } from "../../model/contracts/enrolment";
import { loadStack } from "../../model/project/stacks";
import { certificateKeyHash } from "../../services/controller/src/consenterKeys";
import { Administration, type Administrator } from "../cluster/administration";
import { FabricCluster } from "../cluster/fabricCluster";
import { failures, NetworkUnderLoad } from "../cluster/load/networkUnderLoad";

const fabric = new FabricCluster("test-new-keys");
const test = fabric.test.bind(fabric);
/** Each transaction is tried as a client may: what one retry covers is no failure. */
const trade = new NetworkUnderLoad(fabric, "trade", Number(process.env.RATE ?? 20), { retry: true });
const nodes = "app.kubernetes.io/component in (orderer,peer)";
const channels = ["prices", "trades"];
const orderers = ["orderer0-orderer", "orderer1-orderer", "orderer2-orderer"];
const minutes = 60_000;

let administration: Administration;
let administrator: Administrator;

afterAll(() => administration?.close());

/** The nodes' pods: name of the node, UID, TLS key in use, and whether it is ready. */
async function pods(): Promise<{ name: string; uid: string; key: string | undefined; isReady: boolean }[]> {
  return (await fabric.list("pods", "-n", "trade", "-l", nodes)).map(({ metadata, status }) => ({
    name: metadata.name.replace(/-0$/, ""),
    uid: metadata.uid,
    key: parseKeyReport(status.initContainerStatuses?.[0]?.state?.terminated?.message)?.tls,
    isReady:
      metadata.deletionTimestamp === undefined &&
      status.conditions?.some((each: any) => each.type === "Ready" && each.status === "True"),
  }));
}

/** The TLS key that each node uses, by name. */
async function keys(): Promise<Record<string, string | undefined>> {
  return Object.fromEntries((await pods()).map(({ name, key }) => [name, key]));
}

/** What the channels say of their consenters: sequence of the configuration, and the TLS key of each orderer. */
async function consenters() {
  const orderer = await administration.orderer("orderer0", administrator);
  return Promise.all(
    channels.map(async (channel) => {
      const { config } = await orderer.config(channel);
      const known = describeChannel(config).orderer.consensus.consenters;
      return {
        sequence: config.getSequence(),
        keys: Object.fromEntries(
          known.map((one) => [one.host.split(".")[0], certificateKeyHash(one.serverTlsCertificate)]),
        ),
      };
    }),
  );
}

/** Runs something, and returns how often each node restarted, and how many were away at one time at most. */
async function watching(work: () => Promise<void>) {
  const seen = new Map((await pods()).map(({ name, uid }) => [name, new Set([uid])]));
  let [mostAway, isOver] = [0, false];
  const watch = (async () => {
    while (!isOver) {
      const now = await pods();
      mostAway = Math.max(mostAway, seen.size - now.filter(({ isReady }) => isReady).length);
      for (const { name, uid } of now) seen.get(name)!.add(uid);
      await sleep(300);
    }
  })();
  await work().finally(() => (isOver = true));
  await watch;
  const restarts = Object.fromEntries([...seen].map(([name, uids]) => [name, uids.size - 1]));
  console.log(`at most ${mostAway} of ${seen.size} nodes away; restarts: ${JSON.stringify(restarts)}`);
  return { mostAway, restarts };
}

/** Does what `baas renew trade NODE... --new-keys` does. */
async function renew(...names: string[]): Promise<void> {
  const { signal } = new AbortController();
  const stack = loadStack(fabric.project.dir, "trade");
  if (stack.kind !== "network") throw new Error("trade is a network");
  const wanted = nodesForNewKeys(renewableNodes(stack.network, names), names.length > 0);
  const connection = await connect(fabric.cluster.context, signal);
  const progress = { line() {}, waiting() {}, done() {} };
  try {
    await renewNodes({ ...connection, progress, signal }, stack.network.namespace, wanted, {
      timeoutMs: 20 * minutes,
      newKeys: true,
    });
  } finally {
    connection.close();
  }
}

/** Checks that each of these nodes, and no other, uses another key, and that the channels know the keys that orderers use. */
async function checkKeys(before: Awaited<ReturnType<typeof keys>>, replaced: (name: string) => boolean): Promise<void> {
  const after = await keys();
  for (const [name, key] of Object.entries(before)) {
    expect(after[name], name).toBeTypeOf("string");
    expect(after[name] !== key, name).toBe(replaced(name));
  }
  const used = Object.fromEntries(orderers.map((name) => [name, after[name]]));
  for (const channel of await consenters()) expect(channel.keys).toEqual(used);
  console.log(`TLS keys before: ${JSON.stringify(before)}, and after: ${JSON.stringify(after)}`);
}

describe("the stack trade on real Fabric, with two channels,", () => {
  test("comes up", async () => {
    fabric.project.edit(
      "stacks/Pulumi.trade.yaml",
      "    channels:\n",
      "    channels:\n      - name: prices\n        organizations: [org1, org2]\n",
    );
    expect(await fabric.apply("trade")).toMatchObject({ end: "ready", notReady: [] });
    administration = new Administration(fabric.cluster, "trade");
    administrator = await administration.enrol({ name: "orderer", mspId: "OrdererMSP" });
    await trade.start("asset-transfer-1-0-smoke-test");
  });

  test(
    "gives all nodes new keys, one at a time, with one update of each channel for each orderer, and no transaction fails",
    async () => {
      const [before, known] = [await keys(), await consenters()];
      const submissions = await trade.whileLoaded("new keys for all nodes", async () => {
        const { mostAway, restarts } = await watching(() => renew());
        expect(mostAway).toBe(1);
        for (const [name, count] of Object.entries(restarts)) expect(count, name).toBe(orderers.includes(name) ? 2 : 1);
      });
      await checkKeys(before, () => true);
      const sequences = (await consenters()).map(({ sequence }, index) => sequence - known[index]!.sequence);
      expect(sequences).toEqual([orderers.length, orderers.length]);
      await trade.untilHealed();
      expect(failures(submissions)).toEqual([]);
      await trade.sameLedgers();
    },
    30 * minutes,
  );

  test(
    "goes on when the controller is deleted again and again, and applying the stack takes nothing back",
    async () => {
      const before = await keys();
      const submissions = await trade.whileLoaded("new keys without a controller for moments", async () => {
        const { mostAway } = await watching(async () => {
          const renewed = renew(...orderers);
          for (let n = 0; n < 3; n++) {
            await vi.waitFor(async () => expect((await pods()).some(({ isReady }) => !isReady)).toBe(true), {
              timeout: 300_000,
              interval: 200,
            });
            await fabric.kubectl("-n", "baas-platform", "delete", "pod", "--all", "--force", "--grace-period=0");
            await sleep(15_000);
          }
          await renewed;
        });
        expect(mostAway).toBe(1);
      });
      await checkKeys(before, (name) => orderers.includes(name));
      expect(failures(submissions)).toEqual([]);
      await vi.waitFor(() => trade.untilHealed(), { timeout: 300_000, interval: 1000 });
      const after = await keys();
      expect(await fabric.apply("trade")).toMatchObject({ end: "ready", notReady: [] });
      expect(await keys()).toEqual(after);
      await trade.sameLedgers();
      await trade.stop();
    },
    30 * minutes,
  );
});

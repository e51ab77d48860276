/**
 * Nodes of the stack `trade` replace their private keys on real Fabric, under a steady load of transactions; see fabricCluster.ts. It
 * prints nodes that were away at one time, failed transactions and durations for people to judge.
 */
import { afterAll, describe, expect, vi } from "vitest";

import { connect } from "../../cli/engine/cluster/clusterConnection";
import { nodesForNewKeys, renewableNodes, renewNodes } from "../../cli/renew/renewNodes";
import { consentersOf, describeChannel } from "../../fabric/src/config/describe";
import { parseKeyReport } from "../../model/contracts/enrolment";
import { loadStack } from "../../model/project/stacks";
import { certificateKeyHash } from "../../services/controller/src/consenterKeys";
import { Administration, type Administrator } from "../cluster/administration";
import { FabricCluster } from "../cluster/fabricCluster";
import { failures, NetworkUnderLoad } from "../cluster/load/networkUnderLoad";
import { killControllerWhileNodesRestart, watchRestarts } from "../cluster/load/restarts";

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

/** The TLS key that each node uses, by name. */
async function keys(): Promise<Record<string, string | undefined>> {
  const pods = await fabric.list("pods", "-n", "trade", "-l", nodes);
  return Object.fromEntries(
    pods.map(({ metadata, status }) => [
      metadata.name.replace(/-0$/, ""),
      parseKeyReport(status.initContainerStatuses?.[0]?.state?.terminated?.message)?.tls,
    ]),
  );
}

/** What the channels say of their consenters: sequence of the configuration, and the TLS key of each orderer. */
async function consenters() {
  const orderer = await administration.orderer("orderer0", administrator);
  return Promise.all(
    channels.map(async (channel) => {
      const { config } = await orderer.config(channel);
      const known = consentersOf(describeChannel(config).orderer);
      return {
        sequence: config.getSequence(),
        keys: Object.fromEntries(
          known.map((one) => [one.host.split(".")[0], certificateKeyHash(one.serverTlsCertificate)]),
        ),
      };
    }),
  );
}

const watching = (work: () => Promise<void>) => watchRestarts(fabric, "trade", work);

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
        const { mostAway, times } = await watching(() => renew());
        expect(mostAway).toBe(1);
        const nodesOnly = [...times].filter(([name]) => !name.startsWith("ca-"));
        expect(nodesOnly).toHaveLength(7);
        for (const [name, count] of nodesOnly) expect(count, name).toBe(name.startsWith("orderer") ? 2 : 1);
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
          await killControllerWhileNodesRestart(fabric, "trade");
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

/**
 * The stack `trade` on real Fabric with certificates of minutes: it renews them under a steady load of transactions, and comes back by
 * itself after all of them have ended; see fabricCluster.ts. It prints failed transactions for people to judge.
 */
import { setTimeout as sleep } from "node:timers/promises";

import { describe, expect, vi } from "vitest";

import { down, up } from "../../local-cluster/localCluster";
import { FabricCluster } from "../cluster/fabricCluster";
import type { Submission } from "../cluster/load/clientProgram";
import { failures, NetworkUnderLoad } from "../cluster/load/networkUnderLoad";

const lifeMinutes = 7;
const lives = Number(process.env.LIVES ?? 3);
const ratePerSecond = Number(process.env.RATE ?? 20);
const minutes = 60_000;
const fabric = new FabricCluster("test-renewal");
/** Each transaction is tried as a client may: what one retry covers is no failure. */
const trade = new NetworkUnderLoad(fabric, "trade", ratePerSecond, { retry: true });

/** When each node's pod was made. */
async function starts(): Promise<Map<string, number>> {
  const nodes = "app.kubernetes.io/component in (certificate-authority,orderer,peer)";
  const pods = await fabric.list("pods", "-n", "trade", "-l", nodes);
  return new Map(pods.map(({ metadata }) => [metadata.name, Date.parse(metadata.creationTimestamp)]));
}

describe("the stack trade on real Fabric, with certificates of minutes,", () => {
  fabric.test("comes up", async () => {
    const environment = "stacks/environments/local.yaml";
    fabric.project.write(environment, `${fabric.project.read(environment)}\ncertificates: { life: ${lifeMinutes}m }\n`);
    expect(await fabric.apply("trade")).toMatchObject({ end: "ready", notReady: [] });
    await trade.start("asset-transfer-1-0-smoke-test");
  });

  fabric.test(
    "renews them in all its lives, and no transaction fails",
    async () => {
      const first = await starts();
      const submissions: Submission[] = [];
      // The client's own certificate lives no longer: a new client for each half of a life.
      for (let half = 1; half <= 2 * lives; half++) {
        const more = await trade.whileLoaded(`half ${half} of ${2 * lives} of lives of certificates`, () =>
          sleep((lifeMinutes / 2) * minutes),
        );
        submissions.push(...more);
        await trade.stop();
        await trade.start("asset-transfer-1-0-smoke-test");
      }
      await trade.untilHealed();
      const last = await starts();
      for (const [name, start] of first) {
        expect(last.get(name)! - start, name).toBeGreaterThan((lives - 1) * lifeMinutes * minutes);
      }
      expect(failures(submissions)).toEqual([]);
      await trade.sameLedgers();
      await trade.stop();
    },
    (lives * lifeMinutes + 10) * minutes,
  );

  fabric.test(
    "comes back by itself after its cluster was off until all had ended",
    async () => {
      await down({ name: "test-renewal" });
      await sleep(lifeMinutes * minutes);
      fabric.cluster = await up({ type: "debian", name: "test-renewal" });
      const began = Date.now();
      await vi.waitFor(() => trade.untilHealed(), { timeout: 300_000, interval: 1000 });
      console.log(`healed ${((Date.now() - began) / 1000).toFixed(0)} s after its cluster was there again`);
      expect(await fabric.apply("trade")).toMatchObject({ end: "ready", notReady: [] });
      await trade.start("asset-transfer-1-0-smoke-test");
      await trade.sameLedgers();
      await trade.stop();
    },
    30 * minutes,
  );
});

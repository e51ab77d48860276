/**
 * The monitoring of a platform on real Fabric tells of service levels that a network misses, and of a certificate near its end; see
 * fabricCluster.ts. It prints durations and figures for people to judge.
 */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { describe, expect, vi } from "vitest";

import { caVariables } from "../../model/contracts/certificateAuthority";
import { badShare, objectives, recorded } from "../../model/platform/serviceLevels";
import { writeConnection } from "../cluster/connection";
import { FabricCluster } from "../cluster/fabricCluster";
import { addresses, Cut } from "../cluster/load/cut";
import { NetworkUnderLoad } from "../cluster/load/networkUnderLoad";
import { OutsideClient } from "../cluster/load/outsideClient";
import { inShort, WatchedFabric } from "../cluster/monitoring/watchedFabric";

const minutes = 60_000;
const fabric = new FabricCluster("test-watch-levels");
const test = fabric.test.bind(fabric);
const watched = new WatchedFabric(fabric);
const dev = new NetworkUnderLoad(fabric, "dev", 2, { retry: true });

/** Prints what the recorded series say of each objective. */
async function printLevels(when: string): Promise<void> {
  for (const objective of objectives) {
    const one = async (expr: string): Promise<string> => (await watched.prometheus.query(expr))[0]?.value[1] ?? "none";
    const calls = await one(`${recorded.calls}{objective="${objective}"}`);
    const bad = await one(badShare(`objective="${objective}"`, "5m"));
    console.log(`${when}: ${objective}: ${calls} calls a second, ${bad} of them bad within 5 minutes`);
  }
}

/** Has organization org1's CA issue certificates of so many seconds, or again of a year. */
async function issueFor(seconds: number | undefined): Promise<void> {
  const variable = `${caVariables.certificateLife}${seconds === undefined ? "-" : `=${seconds}`}`;
  await fabric.kubectl("-n", "dev", "set", "env", "statefulset/ca-org1", variable);
  await fabric.kubectl("-n", "dev", "delete", "pod", "ca-org1-0");
  await dev.untilHealed();
}

/** Enrols the client `app` of org1, as its owner does outside the cluster. */
const enrol = (): Promise<OutsideClient> =>
  OutsideClient.enrol(fabric.cluster, {
    ...{ namespace: "dev", channel: "main", chaincode: "asset-transfer" },
    ...{ organization: "org1", mspId: "Org1MSP", client: "app" },
    folder: join(fabric.project.dir, ".baas/connection/dev"),
  });

describe("monitoring on real Fabric", () => {
  test("comes up", async () => {
    await watched.install(["dev"]);
    await dev.start("asset-transfer-1-0-smoke-test");
    await writeConnection(fabric, "dev");
  });

  test(
    "tells once that a client's certificate ends soon, and once that it has a new one",
    async () => {
      const day = 24 * 3600;
      expect(
        await watched.toldOf(
          "CertificateExpiring",
          async () => {
            await issueFor(20 * day);
            await enrol();
            await issueFor(undefined);
          },
          enrol,
        ),
      ).toEqual(["firing CertificateExpiring of dev: 1", "resolved CertificateExpiring of dev: 1"]);
    },
    45 * minutes,
  );

  test(
    "tells once that a network fails calls that submit, and counts none when it does so no more",
    async () => {
      const cut = new Cut(fabric, () =>
        Promise.all([addresses(fabric, "dev", "peer"), addresses(fabric, "dev", "orderer")]),
      );
      await dev.whileLoaded("peers that reach no orderer", async () => {
        await sleep(2 * minutes);
        await printLevels("all is well");
        const began = Date.now();
        await cut.begin();
        await watched.until("firing", "SubmitBudgetBurning", began);
        console.log(`SubmitBudgetBurning: told after ${((Date.now() - began) / 1000).toFixed(0)} s`);
        await printLevels("no orderer is reached");
        const mended = Date.now();
        await cut.end();
        await vi.waitFor(
          async () => {
            const [bad] = await watched.prometheus.query(`${recorded.bad}{objective="submit"} == 0`);
            expect(bad).toBeDefined();
          },
          { timeout: 10 * minutes, interval: 5000 },
        );
        console.log(`no call was bad for 5 minutes ${((Date.now() - mended) / 1000).toFixed(0)} s after it was mended`);
        await printLevels("all is well again");
        // Of what is left of the month, the longer windows go on to tell.
        const told = (await watched.toldSince(began)).map(inShort);
        expect(told).toEqual(["firing SubmitBudgetBurning of dev: 1"]);
      });
    },
    30 * minutes,
  );
});

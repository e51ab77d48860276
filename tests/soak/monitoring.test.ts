/**
 * The monitoring of a platform on real Fabric: it reads every node, knows every series that its rules use, is quiet while all is well
 * and while nodes roll, and tells of each failure once; see fabricCluster.ts. It prints durations for people to judge.
 */
import { setTimeout as sleep } from "node:timers/promises";

import { describe, expect, vi } from "vitest";

import { alertGroups, usualCertificateLife } from "../../model/platform/alerts";
import { dashboards } from "../../model/platform/dashboards";
import { seriesOf } from "../alerts/seriesOfRules";
import { FabricCluster } from "../cluster/fabricCluster";
import { addresses, Cut } from "../cluster/load/cut";
import { NetworkUnderLoad } from "../cluster/load/networkUnderLoad";
import { SmallVolume } from "../cluster/monitoring/smallVolume";
import { inShort, platform, WatchedFabric } from "../cluster/monitoring/watchedFabric";
import { nodeImage } from "../cluster/providedImages";

const minutes = 60_000;
const fabric = new FabricCluster("test-watch");
const test = fabric.test.bind(fabric);
const watched = new WatchedFabric(fabric);
const dev = new NetworkUnderLoad(fabric, "dev", 2, { retry: true });
const rules = alertGroups({ certificateLife: usualCertificateLife }).flatMap((group) => group.rules);

const scale = (workload: string, replicas: number) =>
  fabric.kubectl("-n", "dev", "scale", workload, `--replicas=${replicas}`);

describe("monitoring on real Fabric", () => {
  test("reads every node of a network, and itself", async () => {
    fabric.project.edit("stacks/Pulumi.dev.yaml", "    channels:", "    ordering: { nodes: 3 }\n    channels:");
    await watched.install(["dev"]);
    const nodes = (await watched.prometheus.targets()).map(({ labels }) =>
      [labels.job, labels.network, labels.node].join(" "),
    );
    console.log(nodes.sort().join("\n"));
    expect(nodes.filter((node) => /^nodes dev /.test(node)).map((node) => node.slice(10))).toEqual(
      expect.arrayContaining(["orderer0-orderer", "orderer1-orderer", "orderer2-orderer", "peer0-org1", "peer0-org2"]),
    );
    await dev.start("asset-transfer-1-0-smoke-test");
  });

  test("has each series that a rule or a panel uses", async () => {
    await dev.whileLoaded("nothing but load", () => sleep(60_000));
    const missing: string[] = [];
    const panels = dashboards.flatMap(({ name, rows }) =>
      rows.flatMap((row) =>
        row.panels.flatMap(({ title, queries }) => queries.map(({ expr }) => ({ alert: `${name}: ${title}`, expr }))),
      ),
    );
    for (const { alert, expr } of [...rules, ...panels]) {
      for (const selector of seriesOf(expr)) {
        const [name] = /^[\w:]+/.exec(selector)!;
        if ((await watched.prometheus.query(`count(${name})`)).length === 0) missing.push(`${alert}: ${name}`);
      }
    }
    console.log(`series that no scrape has yet:\n${missing.join("\n")}`);
    expect(await watched.firing()).toEqual([]);
  });

  test("is quiet while every node rolls", async () => {
    const began = Date.now();
    const sizes = "components/kubernetes/sizes.ts";
    fabric.project.edit(sizes, 'peer: resources("50m"', 'peer: resources("55m"');
    fabric.project.edit(sizes, 'orderer: resources("50m"', 'orderer: resources("55m"');
    expect(await fabric.apply("dev", 10 * minutes)).toMatchObject({ end: "ready" });
    await sleep(120_000);
    expect((await watched.toldSince(began)).map(inShort)).toEqual([]);
  });

  test(
    "tells once that an orderer is down, and once that it is back",
    async () => {
      const orderer = "statefulset/orderer2-orderer";
      expect(
        await watched.toldOf(
          "OrdererDown",
          () => scale(orderer, 0),
          () => scale(orderer, 1),
        ),
      ).toEqual(["firing OrdererDown of dev: 1", "resolved OrdererDown of dev: 1"]);
    },
    45 * minutes,
  );

  test(
    "tells once that chaincode crashes, and once that it runs again",
    async () => {
      const deployment = "deployment/asset-transfer-1-0-org1";
      const patch = (...changes: object[]) =>
        fabric.kubectl("-n", "dev", "patch", deployment, "--type=json", "-p", JSON.stringify(changes));
      const command = "/spec/template/spec/containers/0/command";
      // Otherwise the pod that works would stay as long as the new one crashes.
      const recreate = { op: "replace", path: "/spec/strategy", value: { type: "Recreate" } };
      const crashes = async () => {
        const crashing = await watched.prometheus.query('ALERTS{alertname="ContainerCrashing",alertstate="firing"}');
        expect(crashing.map(({ metric }) => [metric.namespace, metric.severity])).toEqual([["dev", "info"]]);
      };
      // Who calls it notices.
      await dev.whileLoaded("chaincode that crashes", async () => {
        expect(
          await watched.toldOf(
            "ChaincodeUnreachable",
            () => patch(recreate, { op: "add", path: command, value: ["false"] }),
            async () => {
              // It says why, and tells nobody.
              await vi.waitFor(crashes, { timeout: 10 * minutes, interval: 3000 });
              await patch({ op: "remove", path: command });
            },
          ),
        ).toEqual(["firing ChaincodeUnreachable of dev: 1", "resolved ChaincodeUnreachable of dev: 1"]);
      });
    },
    45 * minutes,
  );

  test(
    "tells once that a volume is nearly full, and once that it has room",
    async () => {
      const volume = await SmallVolume.of(fabric.cluster, "dev", nodeImage);
      expect(
        await watched.toldOf(
          "VolumeNearlyFull",
          () => volume.fill(),
          () => volume.empty(),
        ),
      ).toEqual(["firing VolumeNearlyFull of dev: 1", "resolved VolumeNearlyFull of dev: 1"]);
    },
    45 * minutes,
  );

  test(
    "tells once that a peer is behind, and once that it has caught up",
    async () => {
      const cut = new Cut(fabric, () =>
        Promise.all([addresses(fabric, "dev", "peer", "org2"), addresses(fabric, "dev", "orderer")]),
      );
      await dev.whileLoaded("a peer that gets no blocks", async () => {
        expect(
          await watched.toldOf(
            "PeerBehind",
            () => cut.begin(),
            () => cut.end(),
          ),
        ).toEqual(["firing PeerBehind of dev: 1", "resolved PeerBehind of dev: 1"]);
      });
    },
    45 * minutes,
  );

  test(
    "tells of a network that cannot be reached once, and of none of its nodes",
    async () => {
      const cut = new Cut(fabric, () =>
        Promise.all([addresses(fabric, "dev"), addresses(fabric, platform, "prometheus")]),
      );
      expect(
        await watched.toldOf(
          "NetworkDown",
          () => cut.begin(),
          () => cut.end(),
        ),
      ).toEqual(["firing NetworkDown of dev: 1", "resolved NetworkDown of dev: 1"]);
    },
    45 * minutes,
  );
});

/**
 * The monitoring of a platform on real Fabric: it reads every node, knows every series that its rules use, is quiet while all is well
 * and while nodes roll, and tells of each failure once; see fabricCluster.ts. It prints durations for people to judge.
 */
import { setTimeout as sleep } from "node:timers/promises";

import { describe, expect, vi } from "vitest";

import { kafkaCaName, rootKeyOf } from "../../model/contracts/certificateAuthority";
import { organizationLabel, roleLabel } from "../../model/contracts/labels";
import { rootsConfigMapName } from "../../model/contracts/names";
import { platformCaName } from "../../model/contracts/platformCa";
import { alertGroups, usualCertificateLife } from "../../model/platform/alerts";
import { dashboards } from "../../model/platform/dashboards";
import { seriesOf } from "../alerts/seriesOfRules";
import { FabricCluster } from "../cluster/fabricCluster";
import { NetworkUnderLoad } from "../cluster/load/networkUnderLoad";
import { whilePartitioned } from "../cluster/load/partition";
import { type Notification, Webhook } from "../cluster/monitoring/notifications";
import { PrometheusReader } from "../cluster/monitoring/prometheusReader";
import { SmallVolume } from "../cluster/monitoring/smallVolume";
import { nodeImage } from "../cluster/providedImages";

const minutes = 60_000;
const platform = "baas-platform";
const fabric = new FabricCluster("test-watch");
const test = fabric.test.bind(fabric);
const dev = new NetworkUnderLoad(fabric, "dev", 2, { retry: true });
const rules = alertGroups({ certificateLife: usualCertificateLife }).flatMap((group) => group.rules);
let prometheus: PrometheusReader;
let hook: Webhook;

/** The alerts that fire, but for the one that always does. */
async function firing(): Promise<string[]> {
  const alerts = await prometheus.alerts();
  const names = alerts.filter(({ state }) => state === "firing").map(({ labels }) => labels.alertname!);
  return names.filter((name) => name !== "Watchdog").sort();
}

const inShort = ({ status, groupLabels, alerts }: Notification): string =>
  `${status} ${groupLabels.alertname} of ${groupLabels.network ?? "the platform"}: ${alerts.length}`;

/** Notifications of what has begun since a time, without the heartbeat. */
async function toldSince(time: number): Promise<Notification[]> {
  return (await hook.told()).filter(
    ({ groupLabels, alerts }) =>
      groupLabels.alertname !== "Watchdog" && alerts.some(({ startsAt }) => Date.parse(startsAt) >= time),
  );
}

/** Breaks something, waits until somebody is told, mends it, and waits for the end. Returns what was told. */
async function toldOf(alert: string, breakIt: () => Promise<unknown>, mend: () => Promise<unknown>): Promise<string[]> {
  const began = Date.now();
  const until = async (status: string): Promise<void> =>
    vi.waitFor(
      async () => {
        const told = await toldSince(began);
        expect(told.some((one) => one.status === status && one.groupLabels.alertname === alert)).toBe(true);
      },
      // Alerts on what has happened last as long as the time that they look back.
      { timeout: 20 * minutes, interval: 2000 },
    );
  await breakIt();
  await until("firing");
  console.log(`${alert}: told after ${((Date.now() - began) / 1000).toFixed(0)} s`);
  const mended = Date.now();
  await mend();
  await until("resolved");
  console.log(`${alert}: its end was told ${((Date.now() - mended) / 1000).toFixed(0)} s after its cause was mended`);
  // Nothing follows.
  await sleep(90_000);
  return (await toldSince(began)).map(inShort);
}

/** Addresses of the pods of a namespace that run. */
async function addresses(namespace: string, component?: string, organization?: string): Promise<string[]> {
  const labels = { [roleLabel]: component, [organizationLabel]: organization };
  const wanted = Object.entries(labels).flatMap(([label, value]) => (value === undefined ? [] : [`${label}=${value}`]));
  const which = ["--field-selector=status.phase=Running", `--selector=${wanted.join(",")}`];
  return (await fabric.list("pods", "-n", namespace, ...which)).map(({ status }) => status.podIP);
}

/** A break between two groups of pods, which begins and ends. */
class Cut {
  private readonly mended = Promise.withResolvers<void>();
  private over: Promise<void> = Promise.resolve();

  constructor(private readonly sides: () => Promise<[string[], string[]]>) {}

  async begin(): Promise<void> {
    this.over = whilePartitioned(fabric.cluster, await this.sides(), () => this.mended.promise);
  }

  async end(): Promise<void> {
    this.mended.resolve();
    await this.over;
  }
}

const scale = (workload: string, replicas: number) =>
  fabric.kubectl("-n", "dev", "scale", workload, `--replicas=${replicas}`);

describe("monitoring on real Fabric", () => {
  test("reads every node of a network, and itself", async () => {
    hook = new Webhook(fabric.cluster, "watch");
    await hook.start();
    // The webhook of the test has no TLS. In a Secret, the distribution's Alertmanager would not take its address.
    fabric.project.edit("stacks/environments/local.yaml", "policies:", "policies:\n  security-tls: advisory");
    fabric.project.edit(
      "stacks/Pulumi.platform-local.yaml",
      "environment: local",
      `environment: local
    monitoring:
      storage: 2Gi
      retention: 1d
      receivers: [{ name: hook, webhook: { url: "${hook.url}" } }]
      teams: [{ name: operators, receiver: hook }]`,
    );
    fabric.project.edit("stacks/Pulumi.dev.yaml", "    channels:", "    ordering: { nodes: 3 }\n    channels:");
    expect(await fabric.apply("platform-local")).toMatchObject({ end: "ready", notReady: [] });
    expect(await fabric.apply("dev")).toMatchObject({ end: "ready", notReady: [] });
    const root = async (): Promise<string> => {
      const { data } = JSON.parse(
        await fabric.kubectl("-n", platform, "get", "configmap", rootsConfigMapName(platformCaName), "-o", "json"),
      );
      return data[rootKeyOf(kafkaCaName)];
    };
    prometheus = new PrometheusReader(fabric.cluster, root);
    await vi.waitFor(
      async () => {
        const down = (await prometheus.targets()).filter(({ health }) => health !== "up");
        expect(down.map(({ labels, lastError }) => `${labels.job} ${labels.instance}: ${lastError}`)).toEqual([]);
      },
      { timeout: 3 * minutes, interval: 3000 },
    );
    const nodes = (await prometheus.targets()).map(({ labels }) => [labels.job, labels.network, labels.node].join(" "));
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
        if ((await prometheus.query(`count(${name})`)).length === 0) missing.push(`${alert}: ${name}`);
      }
    }
    console.log(`series that no scrape has yet:\n${missing.join("\n")}`);
    expect(await firing()).toEqual([]);
  });

  test("is quiet while every node rolls", async () => {
    const began = Date.now();
    const sizes = "components/kubernetes/sizes.ts";
    fabric.project.edit(sizes, 'peer: resources("50m"', 'peer: resources("55m"');
    fabric.project.edit(sizes, 'orderer: resources("50m"', 'orderer: resources("55m"');
    expect(await fabric.apply("dev", 10 * minutes)).toMatchObject({ end: "ready" });
    await sleep(120_000);
    expect((await toldSince(began)).map(inShort)).toEqual([]);
  });

  test(
    "tells once that an orderer is down, and once that it is back",
    async () => {
      const orderer = "statefulset/orderer2-orderer";
      expect(
        await toldOf(
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
      // Who calls it notices.
      await dev.whileLoaded("chaincode that crashes", async () => {
        expect(
          await toldOf(
            "ChaincodeUnreachable",
            () => patch(recreate, { op: "add", path: command, value: ["false"] }),
            () => patch({ op: "remove", path: command }),
          ),
        ).toEqual(["firing ChaincodeUnreachable of dev: 1", "resolved ChaincodeUnreachable of dev: 1"]);
      });
      const crashed = await prometheus.query('ALERTS{alertname="ContainerCrashing"}');
      expect(crashed.map(({ metric }) => [metric.namespace, metric.severity])).toEqual([["dev", "info"]]);
    },
    45 * minutes,
  );

  test(
    "tells once that a volume is nearly full, and once that it has room",
    async () => {
      const volume = await SmallVolume.of(fabric.cluster, "dev", nodeImage);
      expect(
        await toldOf(
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
      const cut = new Cut(() => Promise.all([addresses("dev", "peer", "org2"), addresses("dev", "orderer")]));
      await dev.whileLoaded("a peer that gets no blocks", async () => {
        expect(
          await toldOf(
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
      const cut = new Cut(() => Promise.all([addresses("dev"), addresses(platform, "prometheus")]));
      expect(
        await toldOf(
          "NetworkDown",
          () => cut.begin(),
          () => cut.end(),
        ),
      ).toEqual(["firing NetworkDown of dev: 1", "resolved NetworkDown of dev: 1"]);
    },
    45 * minutes,
  );
});

/**
 * Prometheus and Alertmanagers on the local Kubernetes, with a double of a network; see monitoring/. tests/soak/monitoring.test.ts has
 * real Fabric.
 */
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, beforeAll, beforeEach, expect, it, vi } from "vitest";

import { whyUnsupported } from "../../local-cluster/host";
import { down, up } from "../../local-cluster/localCluster";
import type { LocalCluster } from "../../local-cluster/runningCluster";
import { applyObjects } from "./kubectl";
import { WatchedPlatform } from "./monitoring/missingSecrets";
import { MonitoringCluster } from "./monitoring/monitoringCluster";
import {
  installOperatorDefinitions,
  operatorObjects,
  removeOperatorDefinitions,
  validated,
} from "./monitoring/operatorDefinitions";

const instance = process.env.BAAS_TEST_INSTANCE ?? "test-monitoring";
const patience = { timeout: 240_000, interval: 2000 };
const network = "watched";
const peers = 50;

let skipReason: string | undefined;
let cluster: LocalCluster;
let monitoring: MonitoringCluster | undefined;

beforeAll(async () => {
  skipReason = await whyUnsupported();
  if (skipReason !== undefined) return;
  cluster = await up({ type: "debian", name: instance });
  monitoring = await MonitoringCluster.install(cluster, network, peers);
});

afterAll(async () => {
  if (skipReason !== undefined) return;
  if (process.env.BAAS_TEST_INSTANCE === undefined) await down({ name: instance, purge: true });
  else await monitoring?.remove();
});

beforeEach(({ skip }) => skip(skipReason !== undefined, skipReason));

/** What somebody was told of the network. There is no controller here, which is an alert of the platform. */
async function told(): Promise<string[]> {
  return (await monitoring!.hook.told())
    .filter(({ groupLabels }) => groupLabels.network === network)
    .map(
      ({ status, groupLabels, alerts }) =>
        `${status} ${groupLabels.alertname} of ${groupLabels.network}: ${alerts.length}`,
    );
}

const downAndUp = [`firing NetworkDown of ${network}: 1`, `resolved NetworkDown of ${network}: 1`];

it("an API server with the Prometheus operator's definitions takes the objects for it, and knows all their fields", async ({
  skip,
}) => {
  const reason = await installOperatorDefinitions(cluster);
  if (reason !== undefined) return skip(reason);
  try {
    const objects = await operatorObjects();
    expect(await validated(cluster, objects)).toEqual([
      "alertmanagerconfig.monitoring.coreos.com/baas",
      "podmonitor.monitoring.coreos.com/baas-api",
      "podmonitor.monitoring.coreos.com/baas-controller",
      "podmonitor.monitoring.coreos.com/baas-couchdb",
      "podmonitor.monitoring.coreos.com/baas-ethereum-gateways",
      "podmonitor.monitoring.coreos.com/baas-gateways",
      "podmonitor.monitoring.coreos.com/baas-json-rpc",
      "prometheusrule.monitoring.coreos.com/baas",
      "scrapeconfig.monitoring.coreos.com/baas-ethereum",
      "scrapeconfig.monitoring.coreos.com/baas-nodes",
      "servicemonitor.monitoring.coreos.com/baas-kubelets",
    ]);
    const wrong = objects.map((object) => ({ ...object, spec: { ...object.spec, unknown: true } }));
    await expect(validated(cluster, wrong)).rejects.toThrow('ScrapeConfig.spec): unknown field "unknown"');
  } finally {
    await removeOperatorDefinitions(cluster);
  }
});

it("a Secret that a receiver names, and that is not there, is told with its place and the remedy", async () => {
  const platform = WatchedPlatform.on(cluster);
  const secret = (stringData: object) => ({
    ...{ apiVersion: "v1", kind: "Secret", stringData },
    metadata: { name: "operators-webhook", namespace: "baas-platform" },
  });
  const told = (what: string): string[] => [
    `stacks/Pulumi.platform-watched.yaml:\n  baas:platform.monitoring.receivers[0].webhook.secretName: ${what}`,
  ];
  const untold = 'receiver "operators" is not told.';
  try {
    expect(await platform.warnings()).toEqual(
      told(
        `"operators-webhook" is no Secret in namespace baas-platform: ${untold} ` +
          "Make it: kubectl --namespace baas-platform create secret generic operators-webhook --from-literal=token=...",
      ),
    );
    expect(await platform.previewed()).toEqual(await platform.warnings());
    expect(await platform.keys()).toEqual([]);
    await applyObjects(cluster, [secret({ url: "x" })]);
    expect(await platform.warnings()).toEqual(
      told(
        `Secret "operators-webhook" in namespace baas-platform has no key "token": ${untold} ` +
          "Add it: kubectl --namespace baas-platform edit secret operators-webhook",
      ),
    );
    await applyObjects(cluster, [secret({ token: "x" })]);
    expect(await platform.warnings()).toEqual([]);
    expect(await platform.keys()).toEqual(["operators-webhook", "token", "url"]);
  } finally {
    platform.remove();
  }
});

it("Prometheus reads every node of a network, by its Service's name and with its certificate, the kubelet, and itself", async () => {
  await vi.waitFor(async () => {
    const found = (await monitoring!.prometheus.targets()).map(({ labels, health, lastError }) => {
      const { job, instance: address, network: of, organization, role, node } = labels;
      return [job, address, of, organization, role, node, health, lastError].filter(Boolean).join(" ");
    });
    expect(found.sort()).toEqual(
      [
        "alertmanagers alertmanager0.baas-platform.svc:9093 alertmanager0 up",
        "alertmanagers alertmanager1.baas-platform.svc:9093 alertmanager1 up",
        ...monitoring!.network.peers.map((peer) => `nodes ${peer}.${network}.svc:9443 ${network} org1 peer ${peer} up`),
        `containers ${cluster.nodeName} up`,
        "prometheus localhost:9090 up",
        `volumes ${cluster.nodeName} up`,
      ].sort(),
    );
  }, patience);
});

it("Prometheus knows how full volumes are, and when containers have started", async () => {
  const of = async (label: string, series: string): Promise<(string | undefined)[]> =>
    (await monitoring!.prometheus.query(`${series}{namespace="baas-platform"} > 0`)).map(({ metric }) => metric[label]);
  // The kubelet looks once a minute.
  await vi.waitFor(async () => {
    expect(await of("persistentvolumeclaim", "kubelet_volume_stats_available_bytes")).toContain("data-prometheus-0");
    const containers = await of("container", "container_start_time_seconds");
    expect(containers).toEqual(expect.arrayContaining(["prometheus", "alertmanager"]));
  }, patience);
});

it("two Alertmanagers tell once that all 50 peers of a network are down, and once that they are back", async () => {
  // Of a network that is new, nobody is told.
  await vi.waitFor(async () => {
    const alerts = (await monitoring!.prometheus.alerts()).map(({ labels }) => labels.alertname);
    expect(alerts).not.toContain("NetworkNew");
  }, patience);
  await monitoring!.network.kill();
  await vi.waitFor(async () => expect(await told()).toEqual(downAndUp.slice(0, 1)), patience);
  await monitoring!.network.restart();
  await vi.waitFor(async () => expect(await told()).toEqual(downAndUp), patience);
});

it("one Alertmanager alone tells the same", async () => {
  await monitoring!.network.kill();
  await monitoring!.killAlertmanager(0);
  await vi.waitFor(async () => expect(await told()).toEqual([...downAndUp, downAndUp[0]]), patience);
  await monitoring!.network.restart();
  await vi.waitFor(async () => expect(await told()).toEqual([...downAndUp, ...downAndUp]), patience);
});

it("a network that is deleted is no alert", async () => {
  await monitoring!.network.remove();
  await vi.waitFor(async () => {
    const targets = await monitoring!.prometheus.targets();
    expect(targets.filter(({ labels }) => labels.network === network)).toEqual([]);
  }, patience);
  // As long as it takes to tell of an alert.
  await sleep(30_000);
  expect(await told()).toEqual([...downAndUp, ...downAndUp]);
});

/** The monitoring of a platform on real Fabric, and somebody who is told: breaks something, and waits until it is told, and its end. */
import { setTimeout as sleep } from "node:timers/promises";

import { expect, vi } from "vitest";

import { kafkaCaName, rootKeyOf } from "../../../model/contracts/certificateAuthority";
import { rootsConfigMapName } from "../../../model/contracts/names";
import { platformCaName } from "../../../model/contracts/platformCa";
import type { FabricCluster } from "../fabricCluster";
import { type Notification, Webhook } from "./notifications";
import { PrometheusReader } from "./prometheusReader";

const minutes = 60_000;

/** Namespace of the platform. */
export const platform = "baas-platform";

/** A notification in one line: what, of which network, and of how many alerts. */
export const inShort = ({ status, groupLabels, alerts }: Notification): string =>
  `${status} ${groupLabels.alertname} of ${groupLabels.network ?? "the platform"}: ${alerts.length}`;

/** Monitoring that tells a webhook. */
export class WatchedFabric {
  prometheus!: PrometheusReader;
  private hook!: Webhook;

  constructor(private readonly fabric: FabricCluster) {}

  /** Has the platform watched, brings networks up, and waits until every target is read. */
  async install(networks: readonly string[]): Promise<void> {
    const { fabric } = this;
    this.hook = new Webhook(fabric.cluster, "watch");
    await this.hook.start();
    // The webhook of the test has no TLS. In a Secret, the distribution's Alertmanager would not take its address.
    fabric.project.edit("stacks/environments/local.yaml", "policies:", "policies:\n  security-tls: advisory");
    fabric.project.edit(
      "stacks/Pulumi.platform-local.yaml",
      "environment: local",
      `environment: local
    monitoring:
      storage: 2Gi
      retention: 1d
      nodeExporter: true
      receivers: [{ name: hook, webhook: { url: "${this.hook.url}" } }]
      teams: [{ name: operators, receiver: hook }]`,
    );
    for (const stack of ["platform-local", ...networks]) {
      expect(await fabric.apply(stack, 10 * minutes)).toMatchObject({ end: "ready", notReady: [] });
    }
    this.prometheus = new PrometheusReader(fabric.cluster, () => this.root());
    await this.allUp();
    // Until then, nobody is told of the networks.
    await vi.waitFor(async () => expect(await this.firing()).not.toContain("NetworkNew"), {
      timeout: 2 * minutes,
      interval: 3000,
    });
  }

  /** Waits until Prometheus reads every target. */
  async allUp(): Promise<void> {
    await vi.waitFor(
      async () => {
        const down = (await this.prometheus.targets()).filter(({ health }) => health !== "up");
        expect(down.map(({ labels, lastError }) => `${labels.job} ${labels.instance}: ${lastError}`)).toEqual([]);
      },
      { timeout: 3 * minutes, interval: 3000 },
    );
  }

  /** The alerts that fire, but for the one that always does. */
  async firing(): Promise<string[]> {
    const alerts = await this.prometheus.alerts();
    const names = alerts.filter(({ state }) => state === "firing").map(({ labels }) => labels.alertname!);
    return names.filter((name) => name !== "Watchdog").sort();
  }

  /** Notifications of what has begun since a time, without the heartbeat. */
  async toldSince(time: number): Promise<Notification[]> {
    return (await this.hook.told()).filter(
      ({ groupLabels, alerts }) =>
        groupLabels.alertname !== "Watchdog" && alerts.some(({ startsAt }) => Date.parse(startsAt) >= time),
    );
  }

  /** Waits until somebody is told of an alert that has begun since a time, or of its end. */
  async until(status: Notification["status"], alert: string, began: number): Promise<void> {
    await vi.waitFor(
      async () => {
        const told = await this.toldSince(began);
        expect(told.some((one) => one.status === status && one.groupLabels.alertname === alert)).toBe(true);
      },
      // Alerts on what has happened last as long as the time that they look back.
      { timeout: 20 * minutes, interval: 2000 },
    );
  }

  /** Breaks something, waits until somebody is told, mends it, and waits for the end. Returns what was told. */
  async toldOf(alert: string, breakIt: () => Promise<unknown>, mend: () => Promise<unknown>): Promise<string[]> {
    const began = Date.now();
    await breakIt();
    await this.until("firing", alert, began);
    console.log(`${alert}: told after ${secondsSince(began)} s`);
    const mended = Date.now();
    await mend();
    await this.until("resolved", alert, began);
    console.log(`${alert}: its end was told ${secondsSince(mended)} s after its cause was mended`);
    // Nothing follows.
    await sleep(90_000);
    return (await this.toldSince(began)).map(inShort);
  }

  private async root(): Promise<string> {
    const name = rootsConfigMapName(platformCaName);
    const { data } = JSON.parse(await this.fabric.kubectl("-n", platform, "get", "configmap", name, "-o", "json"));
    return data[rootKeyOf(kafkaCaName)];
  }
}

const secondsSince = (time: number): string => ((Date.now() - time) / 1000).toFixed(0);

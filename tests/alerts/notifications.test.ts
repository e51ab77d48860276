/** Prometheus and two Alertmanagers as processes of this machine, with the product's rules and routing: how often people are told. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { dump } from "js-yaml";
import { afterAll, beforeAll, expect, it, vi } from "vitest";

import type { Prefix } from "../../local-cluster/debianPackages";
import { durationSeconds } from "../../model/duration";
import { alertmanagerRouting } from "../../model/platform/alertRouting";
import { alertGroups, ruleFile, usualCertificateLife } from "../../model/platform/alerts";
import { monitoringSchema } from "../../model/stackFile/monitoringSchema";
import { findMonitoring, start, startAlertmanager, type TestProcess } from "./monitoringPrograms";

// Everything is ten times as fast: on a busy machine, faster Alertmanagers do not hear of each other in time. The inequalities of model/platform/monitoringChecks.ts hold for these, too, with Alertmanagers that
// wait 5 seconds for each other.
const intervals = { interval: "1s", groupWait: "5s", groupInterval: "8s" };
const peerTimeout = "5s";
const peers = 50;

/** A time of a rule, ten times as short. */
function sooner(time: string | undefined): string | undefined {
  return time && `${Math.ceil(durationSeconds(time) / 10)}s`;
}

let packages: Prefix | string;
let folder: string;
let nodes: Server;
let hook: Server;
let isUp = true;
const told: { status: string; groupLabels: Record<string, string>; alerts: unknown[] }[] = [];
const processes: TestProcess[] = [];
const alertmanagers: TestProcess[] = [];

const portOf = (server: Server): number => (server.address() as AddressInfo).port;
const listening = (server: Server) =>
  new Promise<Server>((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));

/** Ports that nobody uses now. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => listening(createServer())));
  const found = servers.map(portOf);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return found;
}

beforeAll(async () => {
  packages = process.getuid?.() === 0 ? await findMonitoring() : "Alertmanager's templates are mounted as root";
  if (typeof packages === "string") return;
  folder = mkdtempSync(join(tmpdir(), "baas-notifications-"));
  nodes = await listening(
    createServer((_, response) => {
      response.writeHead(isUp ? 200 : 503, { "Content-Type": "text/plain; version=0.0.4" }).end("");
    }),
  );
  hook = await listening(
    createServer(async (request, response) => {
      told.push(JSON.parse((await request.setEncoding("utf8").toArray()).join("")));
      response.end();
    }),
  );
  const [prometheus, ...rest] = await freePorts(5);
  const [web, cluster] = [rest.slice(0, 2), rest.slice(2)];
  const receiver = { name: "hook", webhook: { url: `http://127.0.0.1:${portOf(hook)}/` } };
  const config = monitoringSchema.parse({
    ...intervals,
    receivers: [receiver],
    teams: [{ name: "operators", receiver: "hook" }],
  });
  writeFileSync(join(folder, "alertmanager.yml"), dump(alertmanagerRouting(config)));
  for (const [i, port] of web.entries()) {
    mkdirSync(join(folder, `alertmanager${i}`));
    const args = [
      `--config.file=${join(folder, "alertmanager.yml")}`,
      `--storage.path=${join(folder, `alertmanager${i}`)}`,
      `--web.listen-address=127.0.0.1:${port}`,
      `--cluster.listen-address=127.0.0.1:${cluster[i]}`,
      `--cluster.advertise-address=127.0.0.1:${cluster[i]}`,
      `--cluster.peer=127.0.0.1:${cluster[1 - i]}`,
      `--cluster.peer-timeout=${peerTimeout}`,
      "--cluster.settle-timeout=5s",
    ];
    alertmanagers.push(startAlertmanager(packages, args));
  }
  const groups = alertGroups({ certificateLife: usualCertificateLife }).map((group) => ({
    ...group,
    rules: group.rules.map((rule) => ({
      ...rule,
      for: sooner(rule.for)!,
      keepFiringFor: sooner(rule.keepFiringFor)!,
    })),
  }));
  writeFileSync(join(folder, "rules.yml"), dump(ruleFile(groups)));
  writeFileSync(join(folder, "prometheus.yml"), dump(prometheusConfiguration(web)));
  processes.push(
    start(packages, "prometheus", [
      `--config.file=${join(folder, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(folder, "prometheus")}`,
      `--web.listen-address=127.0.0.1:${prometheus}`,
    ]),
  );
});

afterAll(async () => {
  if (typeof packages === "string") return;
  await Promise.all([...processes, ...alertmanagers].map((each) => each.stop("SIGKILL")));
  nodes.close();
  hook.close();
  rmSync(folder, { recursive: true });
});

/** Fifty peers of one network, all at one address. */
function prometheusConfiguration(web: readonly number[]): object {
  const labels = (i: number) => ({ network: "trade", organization: "org1", role: "peer", node: `peer${i}-org1` });
  return {
    global: { scrape_interval: intervals.interval, evaluation_interval: intervals.interval },
    rule_files: ["rules.yml"],
    alerting: { alertmanagers: [{ static_configs: [{ targets: web.map((port) => `127.0.0.1:${port}`) }] }] },
    scrape_configs: [
      {
        job_name: "nodes",
        static_configs: Array.from({ length: peers }, (_, i) => ({
          targets: [`127.0.0.1:${portOf(nodes)}`],
          labels: labels(i),
        })),
      },
    ],
  };
}

const patience = { timeout: 150_000, interval: 250 };
const messages = () =>
  told
    .filter(({ groupLabels }) => groupLabels.network === "trade")
    .map(({ status, groupLabels, alerts }) => `${status} ${groupLabels.alertname} ${alerts.length}`);

/** Lets the alerts of all peers come, and their groups pass, in which another message would be. */
const quiet = () => new Promise((resolve) => setTimeout(resolve, 30_000));

it(
  "fifty alerts of one cause are one notification and one resolved message",
  { timeout: 400_000 },
  async ({ skip }) => {
    if (typeof packages === "string") return skip(packages);
    // Both know each other, and Prometheus has read the nodes.
    await vi.waitFor(() => {
      for (const each of alertmanagers) expect(each.lines.join("\n")).toMatch(/gossip settled|continuing anyway/);
    }, patience);
    isUp = false;
    await vi.waitFor(() => expect(messages()).toEqual(["firing NetworkDown 1"]), patience);
    await quiet();
    expect(messages()).toEqual(["firing NetworkDown 1"]);
    isUp = true;
    await vi.waitFor(() => expect(messages()).toEqual(["firing NetworkDown 1", "resolved NetworkDown 1"]), patience);
    // One Alertmanager alone tells once, too.
    await alertmanagers[0]!.stop("SIGKILL");
    isUp = false;
    const twice = ["firing NetworkDown 1", "resolved NetworkDown 1", "firing NetworkDown 1"];
    await vi.waitFor(() => expect(messages()).toEqual(twice), patience);
    await quiet();
    expect(messages()).toEqual(twice);
  },
);

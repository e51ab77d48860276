/** The dashboards: their expressions are parsed, held against real scrapes, and run on a real Prometheus that has such scrapes. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { dump } from "js-yaml";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

import { grafanaDashboard } from "../../components/monitoring/grafanaDashboard";
import type { Prefix } from "../../local-cluster/debianPackages";
import { targetLabels } from "../../model/contracts/monitoring";
import { usualServiceLevels } from "../../model/platform/alerts/alertRule";
import { dashboards } from "../../model/platform/dashboards";
import type { Dashboard, Panel } from "../../model/platform/dashboards/dashboard";
import { fleetFigures } from "../../model/platform/figures";
import { recordedRules } from "../../model/platform/serviceLevels";
import { Metrics } from "../../services/controller/src/metrics";
import { findMonitoring, start, type TestProcess } from "./monitoringPrograms";
import { type KnownSeries, knownSeries, problemsOf, scrapeOf } from "./seriesOfRules";

const metrics = join(__dirname, "testdata", "metrics");

/** An expression of a panel with values for its variables. */
interface Shown {
  place: string;
  expr: string;
  /** Labels that its texts or columns show. */
  labels: string[];
}

/** What is chosen for the test. */
const chosen: Record<string, string> = { network: "trade", channel: "main", node: ".*" };
const fill = (expr: string): string => expr.replace(/\$(\w+)/g, (_, name) => chosen[name]!);

const panelsOf = ({ rows }: Dashboard): Panel[] => rows.flatMap(({ panels }) => panels);
const all: Shown[] = dashboards.flatMap((dashboard) =>
  panelsOf(dashboard).flatMap(({ title, queries, labels = [] }) =>
    queries.map(({ expr, legend }) => ({
      place: `${dashboard.name}: ${title}: ${legend}`,
      expr: fill(expr),
      labels: [...labels, ...[...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label!)],
    })),
  ),
);
const variables: Shown[] = dashboards.flatMap((dashboard) =>
  dashboard.variables.map(({ name, series }) => ({
    place: `${dashboard.name}: $${name}`,
    expr: fill(series),
    labels: [name],
  })),
);

let known: KnownSeries;
beforeAll(async () => {
  known = knownSeries(metrics, await new Metrics().registry.metrics());
  // Prometheus' own series of alerts, which is in no scrape.
  known.set("ALERTS", new Set(["alertname", "alertstate", "severity", "channel", ...targetLabels]));
});

/** What the controller exports about a network and Kafka. */
async function ofController(): Promise<string> {
  const own = new Metrics();
  const trade = { namespace: "trade", network: "trade" };
  const ends = { organization: "org1", ca: "ca", kind: "identity" as const, identity: "peer0" };
  own.exportNotReady(() => [{ ...trade, kind: "Channel", resource: "main", since: 1 }]);
  own.exportCertificates(() => [{ ...trade, ...ends, expires: Date.now() / 1000 + 24 * 3600 }]);
  own.exportKafka(() => ({
    brokers: { wanted: 4, there: 4, controlling: 1 },
    zooKeepers: { wanted: 3, serving: 3, leading: 1 },
    partitions: { all: 9, outOfSync: 0, belowMinimum: 0, leaderless: 0 },
  }));
  own.exportEthereum(() => [
    {
      ...{ ...trade, blockPeriodSeconds: 2 },
      validators: { wanted: 4, agreed: 4, answering: 4, quorum: 3 },
      nodes: [{ node: "validator0", answers: true, block: 7, timestamp: 1, peers: 3, proposed: 25 }],
    },
  ]);
  return own.registry.metrics();
}

describe("the dashboards", () => {
  it("use series and labels of real scrapes only", () => {
    const problems = [...all, ...variables].flatMap(({ place, expr }) => problemsOf({ alert: place, expr }, known));
    expect(problems).toEqual([]);
  });

  it("show of the fleet what `baas status` shows, by the same expressions", () => {
    const shown = new Set(panelsOf(dashboards[0]!).flatMap(({ queries }) => queries.map(({ expr }) => expr)));
    expect([...shown].sort()).toEqual(
      Object.values(fleetFigures)
        .map(({ expr }) => expr)
        .sort(),
    );
  });

  it("use the variables that they have, and only those", () => {
    for (const dashboard of dashboards) {
      const texts = [...panelsOf(dashboard).flatMap(({ queries }) => queries.map(({ expr }) => expr))];
      const names = dashboard.variables.map(({ name }) => name);
      const used = texts.flatMap((expr) => [...expr.matchAll(/\$(\w+)/g)].map(([, name]) => name));
      expect([dashboard.name, [...new Set(used)].sort()]).toEqual([dashboard.name, names.sort()]);
    }
  });

  it("have names of their own, and titles that say something", () => {
    expect(new Set(dashboards.map(({ name }) => name)).size).toBe(dashboards.length);
    for (const dashboard of dashboards) {
      const titles = dashboard.rows.flatMap(({ title, panels }) => panels.map((panel) => `${title}: ${panel.title}`));
      expect(new Set(titles).size).toBe(titles.length);
      expect(panelsOf(dashboard).filter(({ description }) => !description.endsWith("."))).toEqual([]);
    }
  });
});

describe("for Grafana", () => {
  const built = (name: string, place = {}): any =>
    JSON.parse(
      grafanaDashboard(
        dashboards.find((each) => each.name === name)!,
        place,
      ),
    );

  it("each has a panel for every panel, with its expressions", () => {
    for (const dashboard of dashboards) {
      const { panels } = built(dashboard.name);
      const own = panels.filter(({ type }: any) => type !== "row");
      expect(own.map(({ targets }: any) => targets.map(({ expr }: any) => expr))).toEqual(
        panelsOf(dashboard).map(({ queries }) => queries.map(({ expr }) => expr)),
      );
      expect(own.map(({ datasource }: any) => datasource.uid)).toEqual(own.map(() => "prometheus"));
    }
  });

  it("a table shows its labels and values, and leads to the network", () => {
    const [, table] = built("fleet").panels;
    expect(table.transformations[1].options.include.names).toEqual([
      ...["network", "namespace", "alertname", "severity", "Value"],
    ]);
    const [, network] = table.fieldConfig.overrides;
    expect(network.properties[0].value[0].url).toBe("/d/baas-network?var-network=${__value.raw}");
  });

  it("a team's are narrowed to its networks, and have addresses of their own", () => {
    const { uid, templating } = built("certificates", { team: "t".repeat(40), networks: ["trade", "loans"] });
    expect(uid).toMatch(/^baas-certificates-[0-9a-f]{12}$/);
    expect(uid.length).toBeLessThanOrEqual(40);
    expect(templating.list[0]).toMatchObject({ name: "network", regex: "/^(trade|loans)$/" });
  });
});

describe("on a real Prometheus", () => {
  let packages: Prefix | string;
  let folder: string;
  let nodes: Server;
  let prometheus: TestProcess;
  let port: number;

  const portOf = (server: Server): number => (server.address() as AddressInfo).port;
  const listening = (server: Server) =>
    new Promise<Server>((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));

  /** A scrape of a kind of node, whose counters grow. */
  const files = ["controller", ...readdirSync(metrics).map((file) => file.replace(".txt", ""))];
  const roles: Record<string, string> = {
    peer: "peer",
    "orderer-raft": "orderer",
    "orderer-kafka": "orderer",
    besu: "validator",
  };
  let controller: string;
  function answer(file: string): string {
    const value = Math.floor(Date.now() / 1000) % 100_000;
    if (file === "controller") return controller;
    const own = readFileSync(join(metrics, `${file}.txt`), "utf8");
    const names = new Set([...own.matchAll(/^(\w+) \|/gm)].map(([, name]) => name!));
    return scrapeOf(known, names, value);
  }

  beforeAll(async () => {
    packages = await findMonitoring();
    if (typeof packages === "string") return;
    controller = await ofController();
    folder = mkdtempSync(join(tmpdir(), "baas-dashboards-"));
    nodes = await listening(
      createServer(({ url }, response) => {
        response.writeHead(200, { "Content-Type": "text/plain; version=0.0.4" }).end(answer(url!.slice(1)));
      }),
    );
    const free = await listening(createServer());
    port = portOf(free);
    await new Promise((resolve) => free.close(resolve));
    const jobs = files.map((file) => {
      const own = { alertmanager: "alertmanagers" }[file] ?? file;
      const job = ["controller", "prometheus", "alertmanagers", "node-exporter"].includes(own) ? own : "nodes";
      const node = {
        network: "trade",
        namespace: "trade",
        organization: "org1",
        role: roles[file] ?? file,
        node: file,
      };
      return {
        job_name: file,
        metrics_path: `/${file}`,
        honor_labels: file === "controller",
        relabel_configs: [{ target_label: "job", replacement: job }],
        static_configs: [{ targets: [`127.0.0.1:${portOf(nodes)}`], labels: job === "nodes" ? node : { node: file } }],
      };
    });
    // A node that is down, and an alert that fires.
    const down = { network: "trade", namespace: "trade", organization: "org1", role: "peer", node: "peer9" };
    jobs.push({ ...jobs[0]!, job_name: "down", static_configs: [{ targets: ["127.0.0.1:1"], labels: down as any }] });
    const labels = { severity: "warning", channel: "main" };
    const down9 = { alert: "PeerDown", expr: 'up{role="peer"} == 0', labels };
    const rules = { groups: [{ name: "one", rules: [...recordedRules(usualServiceLevels), down9] }] };
    writeFileSync(join(folder, "rules.yml"), dump(rules));
    writeFileSync(
      join(folder, "prometheus.yml"),
      dump({
        global: { scrape_interval: "1s", scrape_timeout: "1s", evaluation_interval: "1s" },
        rule_files: ["rules.yml"],
        scrape_configs: jobs,
      }),
    );
    prometheus = start(packages, "prometheus", [
      `--config.file=${join(folder, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ]);
  });
  afterAll(async () => {
    if (typeof packages === "string") return;
    await prometheus?.stop("SIGKILL");
    nodes.close();
    rmSync(folder, { recursive: true });
  });

  /** What is wrong with the answer to an expression. */
  async function wrong({ place, expr, labels }: Shown): Promise<string[]> {
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(expr)}`);
    const { status, error, data } = (await response.json()) as any;
    if (status !== "success") return [`${place}: ${error}`];
    if (data.result.length === 0) return [`${place}: there is nothing to show`];
    const found = new Set(data.result.flatMap(({ metric }: any) => Object.keys(metric)));
    return labels.filter((label) => !found.has(label)).map((label) => `${place}: no series has the label ${label}`);
  }

  it("every panel and every variable has something to show, with the labels that it names", async ({ skip }) => {
    if (typeof packages === "string") return skip(packages);
    await vi.waitFor(
      async () => {
        const found = await Promise.all([...all, ...variables].map(wrong));
        expect(found.flat()).toEqual([]);
      },
      { timeout: 50_000, interval: 1000 },
    );
  });
});

/** `baas status` against a real Prometheus with the product's rules, which reads doubles of nodes; kubectl is a double that forwards. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

import { dump } from "js-yaml";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

import { runCommandIn } from "../../cli/engine/testing/fixture";
import { TestCa } from "../../client/src/testing/testCertificates";
import type { Prefix } from "../../local-cluster/debianPackages";
import { alertGroups, ruleFile, usualCertificateLife } from "../../model/platform/alerts";
import type { AlertRule } from "../../model/platform/alerts/alertRule";
import { TestProject } from "../../model/testing";
import { findMonitoring, start, type TestProcess } from "./monitoringPrograms";

const day = 24 * 3600;
const inDays = (days: number): number => Math.floor(Date.now() / 1000) + days * day + 3600;
const certificate = (network: string, identity: string, days: number): string =>
  `baas_certificate_expiration_timestamp_seconds{namespace="${network}",network="${network}",identity="${identity}"} ${inDays(days)}\n`;

/** What the controller knows of a chain of geth whose last block is old, as two of three validators are away. */
const stalledChain = (network: string): string => {
  const of = (more = ""): string => `{namespace="${network}",network="${network}"${more}}`;
  return [
    `baas_ethereum_block_period_seconds${of()} 1`,
    `baas_ethereum_block_number${of(',node="validator0"')} 41`,
    `baas_ethereum_block_timestamp_seconds${of(',node="validator0"')} 1`,
    ...[1, 0, 0].map((answers, i) => `baas_ethereum_validator_answers${of(`,node="validator${i}"`)} ${answers}`),
    "",
  ].join("\n");
};

/** What each double of a node answers; nothing where it is down. */
const scrapes: Record<string, string> = {
  controller:
    "baas_leader 1\n" +
    certificate("trade", "peer0-org1", 200) +
    certificate("trade", "ca-org1", 90) +
    certificate("trade", "org1-smoke-test", 1) +
    'baas_resource_not_ready_timestamp_seconds{kind="Channel",namespace="dev",resource="main"} 1\n' +
    stalledChain("bank"),
  "trade-peer": 'ledger_blockchain_height{channel="main"} 12\n',
  "dev-peer": "",
};

/** How many answers of the network `sales` are left, of 20 for each node: Prometheus sees it up, so that it is not new when it is down. */
let answers = 4 * 20;

let packages: Prefix | string;
let folder: string;
let project: TestProject;
let nodes: Server;
let ca: TestCa;
let prometheus: TestProcess;
const path = process.env.PATH;

const portOf = (server: Server): number => (server.address() as AddressInfo).port;
const listening = (server: Server) =>
  new Promise<Server>((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
const status = (stack: string, ...args: string[]) =>
  runCommandIn(project.dir, "status", stack, "--context", "far", ...args);

/** A kubectl that knows one context, the root of Prometheus, and how to forward; or fails as STATUS_TEST says. */
const kubectl = (port: number, root: string): string => `#!${process.execPath}
const net = require("node:net");
const args = process.argv.slice(2);
const mode = process.env.STATUS_TEST;
const fail = (text) => { console.error(text); process.exit(1); };
if (args[0] === "config") {
  console.log(JSON.stringify({ contexts: [{ name: "far", context: { cluster: "c" } }],
    clusters: [{ name: "c", cluster: { server: "https://far.example.com" } }] }));
} else if (args.includes("get")) {
  if (mode === "unreachable") fail("Unable to connect to the server: dial tcp: i/o timeout");
  console.log(JSON.stringify({ data: { "kafka.pem": ${JSON.stringify(root)} } }));
} else if (args.includes("pod/prometheus-0")) {
  if (mode === "missing") fail('Error from server (NotFound): pods "prometheus-0" not found');
  const server = net.createServer((socket) => {
    socket.on("error", () => undefined);
    if (mode === "down") return void socket.destroy();
    const far = net.connect(${port}, "127.0.0.1").on("error", () => socket.destroy());
    socket.pipe(far).pipe(socket);
  });
  server.listen(0, "127.0.0.1", () => console.log("Forwarding from 127.0.0.1:" + server.address().port + " -> 9090"));
}
`;

function scrapeConfig(name: string, nodeLabels: Record<string, string>[], job = "nodes"): object {
  return {
    job_name: name,
    honor_labels: job === "controller",
    metrics_path: `/${name}`,
    relabel_configs: [{ target_label: "job", replacement: job }],
    static_configs: nodeLabels.map((labels) => ({ targets: [`127.0.0.1:${portOf(nodes)}`], labels })),
  };
}

/** Labels of peers of a network. */
const peersOf = (network: string, count: number): Record<string, string>[] =>
  Array.from({ length: count }, (_, i) => {
    const labels = { network, namespace: network, role: "peer", organization: "org1" };
    return { ...labels, node: `peer${i}-org1` };
  });

/** The table that the docs show. */
function documentedTable(): string {
  const text = readFileSync(join(__dirname, "..", "..", "docs", "monitoring.md"), "utf8");
  return /^\$ \.\/baas status platform-local\n(.*?)^```$/ms.exec(text)![1]!;
}

beforeAll(async () => {
  packages = await findMonitoring();
  if (typeof packages === "string") return;
  folder = mkdtempSync(join(tmpdir(), "baas-status-"));
  ca = new TestCa("platform");
  nodes = await listening(
    createServer(({ url }, response) => {
      const text = scrapes[url!.slice(1)] ?? (url === "/sales-peer" && answers-- > 0 ? "" : undefined);
      response.writeHead(text === undefined ? 503 : 200, { "Content-Type": "text/plain; version=0.0.4" }).end(text);
    }),
  );
  const free = await listening(createServer());
  const port = portOf(free);
  await new Promise((resolve) => free.close(resolve));
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const server = ca.issue("prometheus", "localhost");
  const tls = { cert_file: file("cert.pem", server.certificate), key_file: file("key.pem", server.key) };
  // Sooner than what follows from them.
  const awaited = ["NetworkDown", "StalledChain"];
  const sooner = (rule: AlertRule): AlertRule => (awaited.includes(rule.alert) ? { ...rule, for: "2s" } : rule);
  const groups = alertGroups({ certificateLife: usualCertificateLife });
  file("rules.yml", dump(ruleFile(groups.map((group) => ({ ...group, rules: group.rules.map(sooner) })))));
  const configuration = {
    global: { scrape_interval: "1s", scrape_timeout: "1s", evaluation_interval: "1s" },
    rule_files: ["rules.yml"],
    scrape_configs: [
      scrapeConfig("controller", [{}], "controller"),
      scrapeConfig("trade-peer", peersOf("trade", 4)),
      scrapeConfig("dev-peer", peersOf("dev", 2)),
      scrapeConfig("sales-peer", peersOf("sales", 4)),
    ],
  };
  prometheus = start(packages, "prometheus", [
    `--config.file=${file("prometheus.yml", dump(configuration))}`,
    `--web.config.file=${file("web.yml", dump({ tls_server_config: tls }))}`,
    `--storage.tsdb.path=${join(folder, "data")}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ]);
  chmodSync(file("kubectl", kubectl(port, ca.certificate)), 0o755);
  process.env.PATH = `${folder}${delimiter}${path}`;
  project = new TestProject();
  project.environment("local");
  for (const name of ["trade", "dev", "new"]) project.network(name);
  const bank = { environment: "local", client: "geth", chainId: 20500, validators: 3 };
  project.write("stacks/Pulumi.bank.yaml", dump({ config: { "baas:ethereum": bank } }));
  const platform = { environment: "local", monitoring: {} };
  project.write("stacks/Pulumi.platform-local.yaml", dump({ config: { "baas:platform": platform } }));
});

beforeEach(({ skip }) => {
  if (typeof packages === "string") skip(packages);
});

afterAll(async () => {
  process.env.PATH = path;
  delete process.env.STATUS_TEST;
  if (typeof packages === "string") return;
  await prometheus?.stop("SIGKILL");
  nodes.close();
  ca.close();
  project?.remove();
  rmSync(folder, { recursive: true });
});

describe("status", () => {
  it("says in a line for each network whether it is well, and why not, as the docs show", async () => {
    const { code, stdout } = await vi.waitFor(
      async () => {
        const result = await status("platform-local");
        expect(result.stderr).toBe("");
        expect(result.stdout).toContain("NetworkDown");
        expect(result.stdout).toContain("ResourceNotReady");
        expect(result.stdout).toContain("StalledChain");
        expect(result.stdout).toContain("(0.0/s)");
        return result;
      },
      { timeout: 120_000, interval: 500 },
    );
    expect(stdout).toBe(documentedTable());
    expect(code).toBe(1);
  });

  it("says it of one network alone, and as JSON", async () => {
    const { code, stdout } = await status("trade", "--json");
    const [{ certificate: ends, ...trade }] = JSON.parse(stdout);
    expect(trade).toEqual({
      network: "trade",
      well: true,
      alerts: [],
      nodes: 4,
      nodesUp: 4,
      channels: [{ name: "main", height: 12, blockRate: 0 }],
    });
    expect(ends.identity).toBe("ca-org1");
    expect(code).toBe(0);
  });

  it("says of a network of Ethereum that its chain stands still, and how many validators answer", async () => {
    const { code, stdout } = await status("bank", "--json");
    expect(JSON.parse(stdout)).toEqual([
      {
        network: "bank",
        well: false,
        alerts: [{ alert: "StalledChain", severity: "critical", count: 1 }],
        nodes: 3,
        nodesUp: 1,
        channels: [{ name: "chain", height: 41, blockRate: 0 }],
      },
    ]);
    expect(code).toBe(1);
  });

  it("says what is missing, and what to do", async () => {
    expect((await status("new")).stderr).toContain("Prometheus has nothing of new\n  -> Apply it");
    process.env.STATUS_TEST = "unreachable";
    expect(await status("trade")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(
        'Prometheus in namespace baas-platform of context "far" (https://far.example.com) cannot be reached: ' +
          "Unable to connect to the server: dial tcp: i/o timeout",
      ),
    });
    process.env.STATUS_TEST = "missing";
    expect((await status("trade")).stderr).toContain(
      'the platform in namespace baas-platform of context "far" has no Prometheus: ' +
        'Error from server (NotFound): pods "prometheus-0" not found\n  -> Apply it: ./baas apply platform-local',
    );
    process.env.STATUS_TEST = "down";
    expect((await status("trade")).stderr).toContain("Prometheus in namespace baas-platform does not answer: ");
    project.write("stacks/Pulumi.platform-local.yaml", dump({ config: { "baas:platform": { environment: "local" } } }));
    expect((await status("trade")).stderr).toContain(
      'the platform of trade has no monitoring: write "monitoring: {}" in the file of platform-local',
    );
  });
});

/** The configuration that pods get, on the real programs: Prometheus accepts it, and Alertmanagers find each other by it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { dump, load } from "js-yaml";
import { afterAll, beforeAll, expect, it, vi } from "vitest";

import { apiTokenMount } from "../../components/kubernetes/volumes";
import { alertmanagerConfiguration } from "../../components/monitoring/alertmanagerConfiguration";
import { prometheusConfiguration } from "../../components/monitoring/prometheusConfiguration";
import type { Prefix } from "../../local-cluster/debianPackages";
import { run, tryRun } from "../../local-cluster/run";
import {
  metricsRootsDir,
  metricsRootsKey,
  monitoringClientFiles,
  monitoringConfigurationDir,
  monitoringServerFiles,
} from "../../model/contracts/monitoring";
import { planMonitoring } from "../../model/platform/planMonitoring";
import { monitoringSchema } from "../../model/stackFile/monitoringSchema";
import { certificateRequest } from "../../services/common/certificateRequest";
import { newPrivateKey, parsePrivateKey } from "../../services/common/keys";
import { TestCa } from "../../services/common/testing/testCa";
import { findMonitoring, startAlertmanager, type TestProcess } from "./monitoringPrograms";

const plan = planMonitoring(monitoringSchema.parse({}), "baas-platform", "cluster.local");
const started: TestProcess[] = [];
const ports = { web: [39_193, 39_195], cluster: [39_194, 39_196] };

let packages: Prefix | string;
let folder: string;
beforeAll(async () => {
  packages = process.getuid?.() === 0 ? await findMonitoring() : "Alertmanager's templates are mounted as root";
  folder = mkdtempSync(join(tmpdir(), "baas-monitoring-"));
  const [operations, kafka] = await Promise.all([TestCa.make("operations"), TestCa.make("kafka")]);
  for (const { name, hosts } of [plan.prometheus, ...plan.alertmanagers]) {
    await enrol(name, monitoringClientFiles, operations, hosts);
    await enrol(name, monitoringServerFiles, kafka, hosts);
  }
});
afterAll(async () => {
  await Promise.all(started.map((each) => each.stop("SIGKILL")));
  rmSync(folder, { recursive: true });
});

/** The file of a server where its pod would have it. */
const at = (server: string, path: string): string => join(folder, server, path);

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

async function enrol(server: string, files: typeof monitoringClientFiles, ca: TestCa, hosts: readonly string[]) {
  const key = newPrivateKey();
  const request = await certificateRequest(parsePrivateKey(key)!, `${server}.baas-platform`, hosts);
  write(at(server, files.key), key);
  write(at(server, files.certificate), `${await ca.sign(request, "client")}\n`);
  write(at(server, files.root), ca.pem);
}

/** Writes the files of a server's ConfigMap, with the paths of this machine. */
function configure(server: string, files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) {
    write(
      at(server, `${monitoringConfigurationDir}/${name}`),
      text.replaceAll(/(?<=: |- )\/(?=etc|var)/g, `${join(folder, server)}/`),
    );
  }
}

it("Prometheus accepts its configuration and its rules", async ({ skip }) => {
  if (typeof packages === "string") return skip(packages);
  const args = { plan, environment: "local", namespace: "baas-platform", certificateLife: 3600 };
  const files = prometheusConfiguration(args);
  // The distribution's Prometheus is built without discovery by Kubernetes; its relabelling is checked.
  const configuration = load(files["prometheus.yml"]!) as { scrape_configs: Record<string, unknown>[] };
  for (const job of configuration.scrape_configs) delete job.kubernetes_sd_configs;
  configure("prometheus", { ...files, "prometheus.yml": dump(configuration) });
  write(at("prometheus", `${metricsRootsDir}/${metricsRootsKey}`), "");
  write(at("prometheus", `${apiTokenMount.mountPath}/token`), "");
  const file = (name: string): string => at("prometheus", `${monitoringConfigurationDir}/${name}`);
  const promtool = packages.program("promtool");
  await run(promtool, ["check", "config", file("prometheus.yml")]);
  await run(promtool, ["check", "web-config", file("web.yml")]);
});

it("Alertmanagers find each other, answer who has a certificate, and nobody else", async ({ skip }) => {
  if (typeof packages === "string") return skip(packages);
  for (const [i, { name }] of plan.alertmanagers.entries()) {
    configure(name, alertmanagerConfiguration(plan.config));
    const file = (of: string): string => at(name, `${monitoringConfigurationDir}/${of}`);
    const args = [
      `--config.file=${file("alertmanager.yml")}`,
      `--storage.path=${at(name, "data")}`,
      `--web.config.file=${file("web.yml")}`,
      `--web.listen-address=127.0.0.1:${ports.web[i]}`,
      `--cluster.listen-address=127.0.0.1:${ports.cluster[i]}`,
      `--cluster.advertise-address=[127.0.0.1]:${ports.cluster[i]}`,
      `--cluster.tls-config=${file("cluster.yml")}`,
      `--cluster.peer=127.0.0.1:${ports.cluster[1 - i]}`,
    ];
    started.push(startAlertmanager(packages, args));
  }
  const ask = (i: number, ...settings: string[]) => {
    const url = `--alertmanager.url=https://localhost:${ports.web[i]}`;
    return tryRun((packages as Prefix).program("amtool"), [url, ...settings, "--output=extended", "cluster", "show"]);
  };
  const probe = `--http.config.file=${at("alertmanager0", `${monitoringConfigurationDir}/probe.yml`)}`;
  await vi.waitFor(
    async () => {
      for (const i of [0, 1]) {
        const { stdout, stderr } = await ask(i, probe);
        for (const port of ports.cluster) expect(stdout + stderr).toContain(`127.0.0.1:${port}`);
      }
    },
    { timeout: 50_000, interval: 500 },
  );
  write(join(folder, "stranger.yml"), `tls_config: { ca_file: ${at("alertmanager0", monitoringServerFiles.root)} }\n`);
  // The server closes the connection when it refuses: now and then amtool is told of a broken pipe before it reads why.
  const refused = async () => {
    const { code, stderr } = await ask(0, `--http.config.file=${join(folder, "stranger.yml")}`);
    expect(code).toBe(1);
    return stderr;
  };
  await expect.poll(refused).toContain("certificate");
});

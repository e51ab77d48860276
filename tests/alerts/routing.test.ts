/** Who is told of which alert, by Alertmanager's own tool, which also accepts the whole configuration. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { dump } from "js-yaml";
import { afterAll, beforeAll, expect, it } from "vitest";

import type { Prefix } from "../../local-cluster/debianPackages";
import { run } from "../../local-cluster/run";
import { alertmanagerRouting, receiverPorts, receiverSecrets, whoIsTold } from "../../model/platform/alertRouting";
import { alertSeverities } from "../../model/platform/alerts";
import { type MonitoringConfig, monitoringSchema } from "../../model/stackFile/monitoringSchema";
import { alertCases } from "./alertCases";
import { findMonitoring } from "./monitoringPrograms";

const hook = (name: string) => ({ name, webhook: { url: `https://example.com:8443/${name}` } });
const config: MonitoringConfig = monitoringSchema.parse({
  heartbeat: "pulse",
  receivers: [
    ...["operators", "traders", "pulse"].map(hook),
    { name: "pager", pagerduty: { secretName: "pager" } },
    {
      name: "chat",
      slack: { channel: "#alerts", secretName: "chat" },
      webhook: { url: "http://hook.tools.svc", secretName: "hook" },
    },
    { name: "mail", email: { to: "a@example.com", from: "b@example.com", server: "mail.example.com:587" } },
  ],
  teams: [
    { name: "operations", receiver: "operators", critical: "chat" },
    {
      name: "trading",
      networks: ["trade", "trade-2"],
      receiver: "traders",
      critical: "pager",
      quietHours: [
        { from: "22:00", to: "07:00", days: ["friday", "sunday"] },
        { from: "12:00", to: "13:00" },
        { from: "18:00", to: "00:00" },
      ],
    },
    { name: "post", networks: ["letters"], receiver: "mail" },
  ],
});

let packages: Prefix | string;
let folder: string;
beforeAll(async () => {
  packages = await findMonitoring();
  folder = mkdtempSync(join(tmpdir(), "baas-routing-"));
  writeFileSync(join(folder, "alertmanager.yml"), dump(alertmanagerRouting(config)));
});
afterAll(() => rmSync(folder, { recursive: true }));

const networks = ["trade", "trade-2", "letters", "trade-3", ""];
const severities = [...alertSeverities()].flatMap(([alert, rules]) => rules.map(({ severity }) => [alert, severity]));
/** One alert of each severity, the one that always fires, and one that the first network's name is a part of. */
const samples = ["NetworkDown", "PeerDown", "MetricsKeptShorter", "Watchdog"].map((alert) => [
  alert,
  severities.find(([name]) => name === alert)![1]!,
]);

it("Alertmanager tells whom `baas alerts route` says", async ({ skip }) => {
  if (typeof packages === "string") return skip(packages);
  const amtool = packages.program("amtool");
  const file = `--config.file=${join(folder, "alertmanager.yml")}`;
  await run(amtool, ["check-config", join(folder, "alertmanager.yml")]);
  for (const network of networks) {
    for (const [alertname, severity] of samples) {
      const labels = { alertname: alertname!, severity: severity!, network };
      const given = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
      const { receivers } = whoIsTold(config, labels);
      const told = receivers.length === 0 ? ["nobody"] : receivers;
      const answer = (await run(amtool, ["config", "routes", "test", file, ...given])).trim();
      expect([labels, answer]).toEqual([labels, told.join(",")]);
    }
  }
});

it("every alert of every network is told to somebody, but for those that nobody must act on", () => {
  const untold = networks.flatMap((network) =>
    severities.filter(([alertname, severity]) => {
      const labels = { alertname: alertname!, severity: severity!, network };
      return whoIsTold(config, labels).receivers.length === 0;
    }),
  );
  expect([...new Set(untold.map(([alert]) => alert))]).toEqual([
    "NetworkNew",
    "ContainerCrashing",
    "MetricsKeptShorter",
  ]);
});

it("a critical alert holds back the warning of the same thing only", () => {
  const { inhibit_rules } = alertmanagerRouting(config) as { inhibit_rules: { equal: string[] }[] };
  const { equal } = inhibit_rules.at(-1)!;
  const twice = [...alertSeverities()].flatMap(([alert, rules]) => (rules.length > 1 ? [alert] : []));
  expect(twice).toContain("VolumeNearlyFull");
  // What all alerts of a name have alike tells none apart.
  const alike = ["severity", "job", "objective"];
  const labels = alertCases.flatMap(({ alert, fires }) => (twice.includes(alert) ? fires.flatMap(Object.keys) : []));
  expect([...new Set(labels)].filter((label) => ![...equal, ...alike].includes(label))).toEqual([]);
});

it("quiet hours go over midnight, and to the next day", () => {
  const { time_intervals } = alertmanagerRouting(config) as any;
  const of = (start_time: string, end_time: string, ...weekdays: string[]) => ({
    times: [{ start_time, end_time }],
    weekdays,
    location: "UTC",
  });
  const daily = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
  expect(time_intervals).toEqual([
    {
      name: "trading-quiet",
      time_intervals: [
        of("22:00", "24:00", "friday", "sunday"),
        of("00:00", "07:00", "saturday", "monday"),
        of("12:00", "13:00", ...daily),
        of("18:00", "24:00", ...daily),
      ],
    },
  ]);
});

it("names the Secrets and the ports that receivers need", () => {
  expect(receiverSecrets(config)).toEqual(["chat", "hook", "pager"]);
  expect(receiverPorts(config)).toEqual([80, 443, 587, 8443]);
});

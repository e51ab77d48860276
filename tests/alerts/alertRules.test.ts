/** The alert rules on Prometheus' own rule tester, and held against real scrapes. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { dump } from "js-yaml";
import { beforeAll, describe, expect, it } from "vitest";

import type { Prefix } from "../../local-cluster/debianPackages";
import { run, tryRun } from "../../local-cluster/run";
import { targetLabels } from "../../model/contracts/monitoring";
import { alertGroups, ruleFile, usualCertificateLife } from "../../model/platform/alerts";
import { fleetFigures } from "../../model/platform/figures";
import { Metrics } from "../../services/controller/src/metrics";
import type { AlertCase } from "./alertCase";
import { alertCases } from "./alertCases";
import { findMonitoring } from "./monitoringPrograms";
import { knownSeries, problemsOf } from "./seriesOfRules";

const groups = alertGroups({ certificateLife: usualCertificateLife });
const rules = groups.flatMap((group) => group.rules);
const alerts = [...new Set(rules.map(({ alert }) => alert))].sort();
const runbooks = join(__dirname, "..", "..", "docs", "runbooks");

let packages: Prefix | string;
beforeAll(async () => {
  packages = await findMonitoring();
});

/** A case as promtool reads it. */
function ruleTest({ alert, series, at, fires }: AlertCase): object {
  const expected = fires.map((labels) => {
    const rule = rules.find((one) => one.alert === alert && one.severity === (labels.severity ?? one.severity))!;
    return {
      exp_annotations: { summary: "", description: "" },
      exp_labels: { severity: rule.severity, ...(rule.needs && { needs: rule.needs }), ...labels },
    };
  });
  return {
    interval: "1m",
    input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
    alert_rule_test: [{ eval_time: `${at}m`, alertname: alert, exp_alerts: expected }],
  };
}

describe("on Prometheus' own rule tester", () => {
  it("every rule fires when it should, and is quiet when it should", { timeout: 300_000 }, async ({ skip }) => {
    if (typeof packages === "string") return skip(packages);
    const folder = mkdtempSync(join(tmpdir(), "baas-alerts-"));
    try {
      // Without texts, which promtool would want in every case.
      const quiet = groups.map((group) => ({
        ...group,
        rules: group.rules.map((rule) => ({ ...rule, summary: "", description: "" })),
      }));
      writeFileSync(join(folder, "rules.yml"), dump(ruleFile(quiet)));
      const tests = alertCases.map(ruleTest);
      writeFileSync(join(folder, "tests.yml"), dump({ rule_files: ["rules.yml"], evaluation_interval: "1m", tests }));
      const promtool = packages.program("promtool");
      const { code, stdout, stderr } = await tryRun(promtool, ["test", "rules", join(folder, "tests.yml")]);
      expect(stdout + stderr).toContain("SUCCESS");
      expect(code).toBe(0);
      writeFileSync(join(folder, "rules.yml"), dump(ruleFile(groups, "https://example.com/runbooks")));
      await run(promtool, ["check", "rules", "--lint=all", "--lint-fatal", join(folder, "rules.yml")]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("every rule", () => {
  it.each(alerts)("%s has a case in which it fires, and one in which it is quiet", (alert) => {
    const cases = alertCases.filter((one) => one.alert === alert);
    expect(cases.some(({ fires }) => fires.length > 0)).toBe(true);
    // It always fires.
    if (alert !== "Watchdog") expect(cases.some(({ fires }) => fires.length === 0)).toBe(true);
  });

  it("uses series and labels of real scrapes only, and so does every figure", async () => {
    const known = knownSeries(join(__dirname, "testdata", "metrics"), await new Metrics().registry.metrics());
    expect(rules.flatMap((rule) => problemsOf(rule, known))).toEqual([]);
    // Prometheus' own series of alerts, which is in no scrape.
    known.set("ALERTS", new Set(["alertname", "alertstate", "severity", ...targetLabels]));
    const figures = Object.entries(fleetFigures).map(([alert, { expr }]) => ({ alert, expr }));
    expect(figures.flatMap((figure) => problemsOf(figure, known))).toEqual([]);
  });

  it("has a page that says what it means, how to see it, what to do, and how to know that it is over", () => {
    expect(
      readdirSync(runbooks)
        .filter((file) => file !== "README.md")
        .sort(),
    ).toEqual(alerts.map((alert) => `${alert}.md`));
    const headings = ["## What it means", "## How to see it", "## What to do", "## How to know that it is over"];
    for (const alert of alerts) {
      const text = readFileSync(join(runbooks, `${alert}.md`), "utf8");
      expect(text.match(/^#.*$/gm), alert).toEqual([`# ${alert}`, ...headings]);
    }
  });
});

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
import { serviceLevelAlerts } from "../../model/platform/alerts/serviceLevels";
import { fleetFigures } from "../../model/platform/figures";
import { serviceLevelsSchema } from "../../model/stackFile/serviceLevelSchema";
import { Metrics } from "../../services/controller/src/metrics";
import type { AlertCase } from "./alertCase";
import { alertCases } from "./alertCases";
import { findMonitoring } from "./monitoringPrograms";
import { knownSeries, problemsOf } from "./seriesOfRules";

// Values of cases are one minute apart, and so are evaluations.
const groups = alertGroups({ certificateLife: usualCertificateLife, interval: 60 });
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
      // By group: promtool evaluates all rules of a file for each of its tests.
      const files = quiet.map((group) => {
        const file = (kind: string): string => `${kind}-${group.name.replaceAll(" ", "-")}.yml`;
        const own = new Set(group.rules.map(({ alert }) => alert));
        const tests = alertCases.filter(({ alert }) => own.has(alert)).map(ruleTest);
        writeFileSync(join(folder, file("rules")), dump(ruleFile([group])));
        const test = { rule_files: [file("rules")], evaluation_interval: "1m", tests };
        writeFileSync(join(folder, file("tests")), dump(test));
        return join(folder, file("tests"));
      });
      const promtool = packages.program("promtool");
      const { code, stdout, stderr } = await tryRun(promtool, ["test", "rules", ...files]);
      expect((stdout + stderr).match(/FAILED[^]*/)?.[0]).toBeUndefined();
      expect(code).toBe(0);
      writeFileSync(join(folder, "rules.yml"), dump(ruleFile(groups, { runbooks: "https://example.com/runbooks" })));
      await run(promtool, ["check", "rules", "--lint=all", "--lint-fatal", join(folder, "rules.yml")]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("targets of single networks", () => {
  const serviceLevels = serviceLevelsSchema.parse({
    networks: [{ name: "trade", submit: 99.99, commitWithin: "500ms" }],
  });
  const own = serviceLevelAlerts({ certificateLife: usualCertificateLife, serviceLevels, interval: 60 });

  it("take the place of those of all, whose rules leave the network out", () => {
    const expr = (alert: string, severity: string): string =>
      own.rules.find((rule) => rule.alert === alert && rule.severity === severity)!.expr;
    const share = (matchers: string, time: string): string =>
      `avg_over_time(network:gateway_bad_calls:rate5m{${matchers}}[${time}]) / avg_over_time(network:gateway_calls:rate5m{${matchers}}[${time}])`;
    const part = (matchers: string, threshold: string): string =>
      `(${share(matchers, "3d")} > ${threshold} and ${share(matchers, "6h")} > ${threshold} and ` +
      `sum_over_time(network:gateway_bad_calls:rate5m{${matchers}}[3d]) * 60 >= 10)`;
    const unlessKnown =
      ' unless on (network) max_over_time(ALERTS{alertstate="firing",alertname=~"NetworkDown|OrderingDown|OrganizationPeersDown|' +
      'LedgerStalled|RaftNoLeader|KafkaOrderingStalled"}[365m])';
    const [others, trade] = ['objective="submit",network!~"trade"', 'objective="submit",network="trade"'];
    expect(expr("SubmitBudgetBurning", "warning")).toBe(
      `(${part(others, "0.001")} or ${part(trade, "0.0001")})${unlessKnown}`,
    );
    expect(expr("EvaluateBudgetBurning", "warning")).toBe(`(${part('objective="evaluate"', "0.001")})${unlessKnown}`);
  });

  it("hold on Prometheus' own rule tester", async ({ skip }) => {
    if (typeof packages === "string") return skip(packages);
    const folder = mkdtempSync(join(tmpdir(), "baas-levels-"));
    try {
      const quiet = { ...own, rules: own.rules.map((rule) => ({ ...rule, summary: "", description: "" })) };
      writeFileSync(join(folder, "rules.yml"), dump(ruleFile([quiet])));
      const calls =
        'grpc_server_unary_request_duration_COUNT{service="gateway_Gateway",method="CommitStatus",network="NAME"LE}';
      const series = (name: string) => ({
        // All are answered within 5 seconds, and none within half a second.
        [calls.replace("COUNT", "count").replace("NAME", name).replace("LE", "")]: "0+60x60",
        [calls.replace("COUNT", "bucket").replace("NAME", name).replace("LE", ',le="0.5"')]: "0x60",
        [calls.replace("COUNT", "bucket").replace("NAME", name).replace("LE", ',le="5.0"')]: "0+60x60",
      });
      const fires = ["critical", "warning"].map((severity) => ({ network: "trade", objective: "commit", severity }));
      const test = {
        alert: "CommitBudgetBurning",
        when: "",
        series: { ...series("trade"), ...series("loans") },
        at: 20,
        fires,
      };
      writeFileSync(
        join(folder, "tests.yml"),
        dump({ rule_files: ["rules.yml"], evaluation_interval: "1m", tests: [ruleTest(test)] }),
      );
      const { stdout, stderr } = await tryRun(packages.program("promtool"), [
        "test",
        "rules",
        join(folder, "tests.yml"),
      ]);
      expect(stdout + stderr).toContain("SUCCESS");
      await run(packages.program("promtool"), [
        "check",
        "rules",
        "--lint=all",
        "--lint-fatal",
        join(folder, "rules.yml"),
      ]);
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

  it.each(alerts)("%s names a network or a namespace, unless it is the platform's", (alert) => {
    const fired = alertCases.filter((one) => one.alert === alert).flatMap(({ fires }) => fires);
    const [rule] = rules.filter((one) => one.alert === alert);
    const isNamed = fired.map(({ network, namespace }) => network !== undefined || namespace !== undefined);
    expect(new Set(isNamed)).toEqual(new Set([rule!.ofPlatform !== true]));
  });

  it("uses series and labels of real scrapes only, and so does every figure", async () => {
    const known = knownSeries(join(__dirname, "testdata", "metrics"), await new Metrics().registry.metrics());
    // Prometheus' own series of alerts, which is in no scrape.
    known.set("ALERTS", new Set(["alertname", "alertstate", "severity", ...targetLabels]));
    expect(rules.flatMap((rule) => problemsOf(rule, known))).toEqual([]);
    const records = groups.flatMap((group) => group.records ?? []).map(({ record, expr }) => ({ alert: record, expr }));
    expect(records.flatMap((record) => problemsOf(record, known))).toEqual([]);
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

/** Holds the series and labels of an expression against those of real scrapes. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { parser } from "@prometheus-io/lezer-promql";

import { targetLabels } from "../../model/contracts/monitoring";
import { recorded } from "../../model/platform/serviceLevels";

/** Labels of each series. */
export type KnownSeries = Map<string, Set<string>>;

/**
 * The series of real scrapes.
 *
 * @param folder - files with a metric on each line: name, type and labels, separated by bars
 * @param controller - the metrics of the network controller, as it exports them
 */
export function knownSeries(folder: string, controller: string): KnownSeries {
  const known: KnownSeries = new Map([["up", new Set(targetLabels)]]);
  const add = (name: string, type: string, labels: readonly string[]): void => {
    const all = new Set([...labels, ...targetLabels]);
    if (type === "histogram") {
      known.set(`${name}_bucket`, new Set([...all, "le"]));
      for (const suffix of ["_sum", "_count"]) known.set(name + suffix, all);
    } else known.set(name, new Set([...(known.get(name) ?? []), ...all]));
  };
  for (const file of readdirSync(folder)) {
    for (const line of readFileSync(join(folder, file), "utf8").split("\n")) {
      if (line.startsWith("#") || line === "") continue;
      const [name, type, labels] = line.split("|").map((part) => part.trim());
      add(name!, type!, labels!.split(",").filter(Boolean));
    }
  }
  // Of the controller's own, whose labels are in its source: a scrape shows them after their first use only.
  for (const [, name, type] of controller.matchAll(/^# TYPE (\S+) (\S+)$/gm)) add(name!, type!, ["kind", "result"]);
  add("baas_resource_not_ready_timestamp_seconds", "gauge", ["kind", "resource"]);
  for (const name of ["brokers", "zookeepers", "partitions"]) add(`baas_kafka_${name}`, "gauge", ["state"]);
  add("baas_ethereum_validators", "gauge", ["state"]);
  for (const name of ["block_period_seconds", "validator_answers", "block_number", "block_timestamp_seconds"]) {
    add(`baas_ethereum_${name}`, "gauge", []);
  }
  for (const name of ["peers", "proposed_blocks"]) add(`baas_ethereum_${name}`, "gauge", []);
  add("baas_certificate_expiration_timestamp_seconds", "gauge", ["ca", "kind", "identity"]);
  for (const name of Object.values(recorded)) known.set(name, new Set(["network", "objective"]));
  return known;
}

/** What of a rule no scrape has: series, labels in matchers, and labels that its texts show. */
export function problemsOf(rule: { alert: string; expr: string }, known: KnownSeries): string[] {
  const { alert, expr } = rule;
  const problems: string[] = [];
  const labels = new Set<string>();
  parser.parse(expr).iterate({
    enter({ type, from, to, node }) {
      if (type.isError) problems.push(`${alert}: the expression is wrong at ${from}`);
      if (type.name === "LabelName" && node.parent?.name === "GroupingLabels") labels.add(expr.slice(from, to));
      if (type.name !== "VectorSelector") return;
      const text = expr.slice(from, to);
      const [, series = "", matchers = ""] = /^([\w:]+)(?:\{(.*)\})?$/s.exec(text) ?? [];
      const own = known.get(series);
      if (own === undefined) return void problems.push(`${alert}: no scrape has the series ${series}`);
      for (const [, label] of matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)) {
        if (!own.has(label!)) problems.push(`${alert}: ${series} has no label ${label}`);
      }
    },
  });
  const all = new Set([...known.values()].flatMap((own) => [...own]));
  for (const label of labels) if (!all.has(label)) problems.push(`${alert}: no series has the label ${label}`);
  return problems;
}

/** The selectors of series in an expression, such as `up{role="peer"}`. */
export function seriesOf(expr: string): string[] {
  const found: string[] = [];
  parser.parse(expr).iterate({
    enter({ type, from, to }) {
      if (type.name === "VectorSelector") found.push(expr.slice(from, to));
    },
  });
  return found;
}

/**
 * A scrape of metrics, in the format of Prometheus.
 *
 * @param names - the metrics, as they are exported
 * @param value - of all of them
 */
export function scrapeOf(known: KnownSeries, names: ReadonlySet<string>, value: number): string {
  return [...known]
    .filter(([series]) => names.has(series) || names.has(series.replace(/_(bucket|sum|count)$/, "")))
    .flatMap(([series, labels]) => {
      const own = [...labels].filter((label) => !(targetLabels as readonly string[]).includes(label));
      return combinations(own).map((given) => `${series}{${given.join(",")}} ${value}\n`);
    })
    .join("");
}

/** All combinations of labels with their values. */
function combinations(labels: readonly string[]): string[][] {
  return labels.reduce<string[][]>(
    (found, label) =>
      (labelValues[label] ?? [label]).flatMap((text) => found.map((given) => [...given, `${label}="${text}"`])),
    [[]],
  );
}

/** What labels are where expressions compare them. */
const labelValues: Record<string, string[]> = {
  channel: ["main"],
  service: ["gateway_Gateway"],
  method: ["Evaluate", "Endorse", "Submit", "CommitStatus"],
  success: ["true", "false"],
  le: ["5", "+Inf"],
  status: ["SUCCESS", "200", "503"],
  outcome: ["let through", "refused"],
  code: ["OK", "Unknown", "Unavailable"],
  proxy: ["edge", "api-server", "json-rpc"],
  mode: ["idle", "user"],
};

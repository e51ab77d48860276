/** A dashboard as Grafana reads it, made with Grafana's own library. */
import { createHash } from "node:crypto";

import type * as cog from "@grafana/grafana-foundation-sdk/cog";
import * as dashboard from "@grafana/grafana-foundation-sdk/dashboard";
import * as prometheus from "@grafana/grafana-foundation-sdk/prometheus";
import * as stat from "@grafana/grafana-foundation-sdk/stat";
import * as table from "@grafana/grafana-foundation-sdk/table";
import * as timeseries from "@grafana/grafana-foundation-sdk/timeseries";

import type { Dashboard, Panel, Query, Row, Variable } from "../../model/platform/dashboards/dashboard";
import type { Unit } from "../../model/platform/figures";
import { type DashboardFiles, type DashboardFolder, type DashboardPlace, dataSourceId } from "./grafanaDashboards";

const source = { type: "prometheus", uid: dataSourceId };

/** How Grafana names the units. */
const units: Record<Unit, string> = {
  alerts: "short",
  nodes: "short",
  blocks: "locale",
  seconds: "s",
  milliseconds: "ms",
  bytes: "bytes",
  cores: "short",
  share: "percentunit",
  none: "short",
  "blocks per second": "suffix: blocks/s",
  "transactions per second": "suffix: tx/s",
  "calls per second": "reqps",
  "bytes per second": "Bps",
};

/** How wide a panel is, of 24 columns, and how high. */
const widths: Record<Panel["kind"], number> = { lines: 12, numbers: 12, table: 12 };
const height = 8;

/**
 * ID of a dashboard, which is in its address. Grafana takes 40 characters, which names of teams may fill by themselves.
 *
 * @param name - of the dashboard
 */
export function dashboardId(name: string, { team }: DashboardPlace): string {
  const suffix = team === undefined ? "" : `-${createHash("sha256").update(team).digest("hex").slice(0, 12)}`;
  return `baas-${name}${suffix}`;
}

/** The files of a folder, by their names. */
export function renderFolder(folder: DashboardFolder): DashboardFiles {
  return Object.fromEntries(folder.dashboards.map((each) => [`${each.name}.json`, grafanaDashboard(each, folder)]));
}

/** The dashboard as JSON, in one line. */
export function grafanaDashboard(given: Dashboard, place: DashboardPlace): string {
  const { name, title, description, variables, rows } = given;
  const builder = new dashboard.DashboardBuilder(title)
    .uid(dashboardId(name, place))
    .description(description)
    .tags(["baas", ...(place.team === undefined ? [] : [place.team])])
    .timezone("browser")
    .time({ from: "now-3h", to: "now" })
    .refresh("30s")
    .readonly()
    .tooltip(dashboard.DashboardCursorSync.Crosshair)
    .links([otherDashboards(place)])
    .variables(variables.map((each) => variable(each, place)));
  for (const row of rows) addRow(builder, row, place);
  return JSON.stringify(builder.build());
}

/** Leads to the others of its folder, for the same network. */
function otherDashboards({ team }: DashboardPlace): cog.Builder<dashboard.DashboardLink> {
  return new dashboard.DashboardLinkBuilder("Dashboards")
    .type(dashboard.DashboardLinkType.Dashboards)
    .tags([team ?? "baas"])
    .asDropdown(true)
    .includeVars(true)
    .keepTime(true);
}

function variable({ name, series, several }: Variable, { networks }: DashboardPlace): dashboard.QueryVariableBuilder {
  const builder = new dashboard.QueryVariableBuilder(name)
    .label(name)
    .datasource(source)
    .query(`label_values(${series}, ${name})`)
    .refresh(dashboard.VariableRefresh.OnTimeRangeChanged)
    .sort(dashboard.VariableSort.AlphabeticalAsc);
  if (several === true) builder.multi(true).includeAll(true).allValue(".*");
  // By a regular expression of Grafana, in which names of networks need no escapes.
  if (name === "network" && networks !== undefined) builder.regex(`/^(${networks.join("|")})$/`);
  return builder;
}

function addRow(builder: dashboard.DashboardBuilder, { title, panels }: Row, place: DashboardPlace): void {
  builder.withRow(new dashboard.RowBuilder(title));
  for (const each of panels) builder.withPanel(panel(each, place));
}

function panel(given: Panel, place: DashboardPlace): cog.Builder<dashboard.Panel> {
  switch (given.kind) {
    case "lines":
      return linesPanel(given);
    case "numbers":
      return numbersPanel(given);
    case "table":
      return tablePanel(given, place);
  }
}

const refIdOf = (index: number): string => String.fromCharCode("A".charCodeAt(0) + index);

function query({ expr, legend }: Query, index: number): prometheus.DataqueryBuilder {
  return new prometheus.DataqueryBuilder().refId(refIdOf(index)).expr(expr).legendFormat(legend);
}

/** Red where it is bad, and green elsewhere. */
function thresholds({ badFrom, badUpTo }: Panel): dashboard.ThresholdsConfigBuilder {
  const steps: dashboard.Threshold[] =
    badUpTo === undefined
      ? [{ value: null, color: "green" }]
      : [
          { value: null, color: "red" },
          // A threshold holds from its value on.
          { value: badUpTo === 0 ? 0.001 : badUpTo, color: "green" },
        ];
  if (badFrom !== undefined) steps.push({ value: badFrom, color: "red" });
  return new dashboard.ThresholdsConfigBuilder().mode(dashboard.ThresholdsMode.Absolute).steps(steps);
}

function linesPanel(given: Panel): timeseries.PanelBuilder {
  return new timeseries.PanelBuilder()
    .title(given.title)
    .description(given.description)
    .datasource(source)
    .span(widths.lines)
    .height(height)
    .unit(units[given.unit])
    .thresholds(thresholds(given))
    .targets(given.queries.map((each, i) => query(each, i).range()));
}

function numbersPanel(given: Panel): stat.PanelBuilder {
  return new stat.PanelBuilder()
    .title(given.title)
    .description(given.description)
    .datasource(source)
    .span(widths.numbers)
    .height(height)
    .unit(units[given.unit])
    .thresholds(thresholds(given))
    .targets(given.queries.map((each, i) => query(each, i).instant()));
}

/** Labels and values of now, in columns with the names of the labels and of the queries. */
function tablePanel(given: Panel, place: DashboardPlace): table.PanelBuilder {
  const { labels = [], queries } = given;
  const column = (i: number): string => (queries.length === 1 ? "Value" : `Value #${refIdOf(i)}`);
  const columns = [...labels, ...queries.map((_, i) => column(i))];
  const renamed = Object.fromEntries(queries.map(({ legend }, i) => [column(i), legend]));
  const asTable = prometheus.PromQueryFormat.Table;
  return new table.PanelBuilder()
    .title(given.title)
    .description(given.description)
    .datasource(source)
    .span(widths.table)
    .height(height)
    .unit(units[given.unit])
    .filterable(true)
    .targets(queries.map((each, i) => query(each, i).instant().format(asTable)))
    .transformations([
      { id: "merge", options: {} },
      { id: "filterFieldsByName", options: { include: { names: columns } } },
      {
        id: "organize",
        options: { indexByName: Object.fromEntries(columns.map((name, i) => [name, i])), renameByName: renamed },
      },
    ])
    .overrideByName("severity", [{ id: "mappings", value: severityColors }, coloured])
    .overrideByName("network", [{ id: "links", value: [toNetwork(place)] }]);
}

const coloured = { id: "custom.cellOptions", value: { type: "color-background" } };

const severityColors = [
  { type: "value", options: { critical: { color: "red", index: 0 }, warning: { color: "orange", index: 1 } } },
];

/** Leads from a network to its dashboard. */
function toNetwork(place: DashboardPlace): { title: string; url: string } {
  return {
    title: "Dashboard of the network",
    url: `/d/${dashboardId("network", place)}?var-network=\${__value.raw}`,
  };
}

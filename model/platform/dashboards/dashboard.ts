/** What a dashboard is, and the parts of expressions that several panels have. Nothing here knows Grafana. */
import type { Unit } from "../figures";

/** An expression, and what its series are called. */
export interface Query {
  /** Expression of Prometheus. The variables of its dashboard stand in it as `$network`. */
  expr: string;
  /** Name of each of its series, with labels as `{{node}}`; of a table, that of the column of its values. */
  legend: string;
}

/** A panel: lines over time, large numbers of now, or a table of now. */
export interface Panel {
  title: string;
  /** What it shows, and what is good or bad about it. */
  description: string;
  kind: "lines" | "numbers" | "table";
  unit: Unit;
  queries: Query[];
  /** Labels that a table shows, in the order of its columns. */
  labels?: string[];
  /** From which value on it is shown red. */
  badFrom?: number;
  /** Up to which value it is shown red. */
  badUpTo?: number;
}

/** Panels of one subject. */
export interface Row {
  title: string;
  panels: Panel[];
}

/** What is chosen at the top of a dashboard. */
export interface Variable {
  name: "network" | "channel" | "node";
  /** The series whose label of that name has the choices. */
  series: string;
  /** Whether all may be chosen at once. Expressions compare it with `=~` then. */
  several?: true;
}

/** A dashboard. */
export interface Dashboard {
  /** Name of its file, and the end of its address. */
  name: string;
  title: string;
  /** What it answers. */
  description: string;
  variables: Variable[];
  rows: Row[];
}

/** Narrows a dashboard to one network. */
export const networkVariable: Variable = { name: "network", series: 'up{network!=""}' };

/** Matcher of the chosen network. */
export const ofNetwork = 'network="$network"';

/** Growth of a counter a second, by labels. */
export function rateBy(labels: string, counter: string, matchers: string): string {
  return `sum by (${labels}) (rate(${counter}{${matchers}}[5m]))`;
}

/** The value below which 99 of 100 observations of a histogram are, by labels. */
export function slowestOf(histogram: string, labels: string, matchers: string): string {
  return `histogram_quantile(0.99, sum by (${labels}, le) (rate(${histogram}_bucket{${matchers}}[5m])))`;
}

/** A panel of lines with one expression. */
export function lines(
  title: string,
  unit: Unit,
  query: Query,
  description: string,
  more: Partial<Pick<Panel, "badFrom" | "badUpTo">> = {},
): Panel {
  return { title, description, kind: "lines", unit, queries: [query], ...more };
}

/** What an alert rule is, and the parts of expressions that several rules have. */

import { type ServiceLevelsConfig, serviceLevelsSchema } from "../../stackFile/serviceLevelSchema";
import type { RecordedRule } from "../serviceLevels";

/** How urgent an alert is: `critical` at any hour; `warning` by day; `info` tells nobody, and is shown beside others. */
export type Severity = "critical" | "warning" | "info" | "none";

/** An alert rule. */
export interface AlertRule {
  /** Its name, and that of its page in docs/runbooks. */
  alert: string;
  /** Expression of Prometheus. */
  expr: string;
  /** How long it must hold before it fires. Default: not at all. */
  for?: string;
  /** How long it fires on after it has ended. Default: not at all. */
  keepFiringFor?: string;
  severity: Severity;
  /** What must work for this to: while nothing of that does, the alert is a consequence, and nobody is told. */
  needs?: "ordering";
  /** What is wrong, in one line, with the labels of the alert. */
  summary: string;
  /** What that means, with values. */
  description: string;
}

/** Rules of one subject. */
export interface AlertGroup {
  name: string;
  /** Series that its rules need, which are recorded before. */
  records?: RecordedRule[];
  rules: AlertRule[];
}

/** What the rules depend on. */
export interface AlertSettings {
  /** How long certificates of nodes live, in seconds. */
  certificateLife: number;
  /** How good networks are to be. Default: {@link usualServiceLevels}. */
  serviceLevels?: ServiceLevelsConfig;
  /** How often rules are evaluated, in seconds. Default: 15, as in the stack file. */
  interval?: number;
  /** Whether an operator's Prometheus evaluates them, which has rules of its own on itself and its Alertmanager. */
  operated?: boolean;
}

/** Service levels unless the stack file says otherwise. */
export const usualServiceLevels = serviceLevelsSchema.parse({});

/** How long a node may be away for a restart, before somebody is told. Rolling changes restart one after another. */
export const restartTime = "3m";

/** That a counter has grown within a time: also that it is there now, and was not before. */
export function grown(series: string, time: string): string {
  return `${series} - ${series} offset ${time} > 0 or ${series} > 0 unless ${series} offset ${time}`;
}

/** The value below which 99 of 100 observations of a histogram are, by labels. */
export function slowest(histogram: string, labels: string): string {
  return `histogram_quantile(0.99, sum by (${labels}, le) (rate(${histogram}_bucket[5m])))`;
}

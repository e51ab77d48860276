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
  /** Whether its alerts name neither a network nor a namespace: they are the platform's. */
  ofPlatform?: true;
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
  /** How often metrics are read, and rules evaluated, in seconds. Default: {@link usualInterval}. */
  interval?: number;
  /** Whether an operator's Prometheus evaluates them, which has rules of its own on itself and its Alertmanager. */
  operated?: boolean;
}

/** Service levels unless the stack file says otherwise. */
export const usualServiceLevels = serviceLevelsSchema.parse({});

/** How often rules are evaluated unless the stack file says otherwise, in seconds. */
export const usualInterval = 15;

/** How long a node may be away for a restart, before somebody is told. Rolling changes restart one after another. */
export const restartTime = "3m";

/**
 * That a counter has grown within a time: also that it is there now, and was not before, or was more before: who counts has restarted, and
 * all that it counted since is new.
 */
export function grown(series: string, time: string): string {
  const before = `${series} offset ${time}`;
  return `${series} - ${before} > 0 or (${series} > 0 unless ${before} <= ${series})`;
}

/** All that a network has. */
export const targets = 'up{network!="",role!="couchdb"}';

/** What makes a network: what serves its clients beside them may be up without any. */
export const networkNodes = 'up{network!="",role=~"certificate-authority|orderer|peer|validator|bootnode|rpc-node"}';

/** How long a network may take until all its nodes answer for the first time. */
export const bringUp = "10m";

/** Networks that Prometheus knows for a short time only, and whose nodes have not all answered at once. */
export const newNetworks =
  `group by (network) (${targets}) unless on (network) group by (network) (${targets} offset ${bringUp}) ` +
  `unless on (network) max_over_time(min by (network) (${targets})[${bringUp}:15s]) == 1`;

/** What holds of networks, but for those that are new: of outages that have been told, service levels say nothing for a while. */
export const unlessNew = (expr: string): string => `${expr} unless on (network) (${newNetworks})`;

/**
 * That nodes have lacked more than 10 blocks for 5 minutes, with {@link behindTime}. Each node is read at another moment, and a quick channel
 * gets many blocks between two of them: so nodes are compared with what others had so long ago that each has been read since.
 *
 * @param height - series of heights
 * @param of - labels of what has a height
 * @param which - series of the heights of nodes that are judged. Default: of all
 */
export function behind(
  height: string,
  of: string,
  { interval = usualInterval }: AlertSettings,
  which = height,
): string {
  const since = Math.max(60, 2 * interval);
  return `max by (${of}) (${height} offset ${since}s) - on (${of}) group_right () ${which} > 10`;
}

/** For how long {@link behind} must hold: it looks back a minute. */
export const behindTime = "4m";

/** The value below which 99 of 100 observations of a histogram are, by labels. */
export function slowest(histogram: string, labels: string): string {
  return `histogram_quantile(0.99, sum by (${labels}, le) (rate(${histogram}_bucket[5m])))`;
}

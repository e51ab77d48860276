/** All alert rules. Each has a page in docs/runbooks, and tests in tests/alerts. */
import type { AlertGroup, AlertRule, AlertSettings } from "./alertRule";
import { endorsementAlerts } from "./endorsement";
import { ethereumAlerts } from "./ethereum";
import { jsonRpcAlerts } from "./jsonRpc";
import { kafkaAlerts } from "./kafka";
import { kubernetesAlerts } from "./kubernetes";
import { monitoringAlerts } from "./monitoring";
import { networkAlerts } from "./network";
import { ordererAlerts } from "./orderers";
import { peerAlerts } from "./peers";
import { platformAlerts } from "./platform";
import { serviceLevelAlerts } from "./serviceLevels";

/** The rules by subject. */
export function alertGroups(settings: AlertSettings): AlertGroup[] {
  return [
    ...[networkAlerts, peerAlerts(settings), ordererAlerts(settings), endorsementAlerts],
    ...[ethereumAlerts(settings), jsonRpcAlerts],
    ...[kafkaAlerts, kubernetesAlerts, platformAlerts(settings), monitoringAlerts(settings)],
    serviceLevelAlerts(settings),
  ];
}

/** How long certificates of nodes live unless the environment says otherwise, in seconds. */
export const usualCertificateLife = 365 * 24 * 3600;

/** The names of all alerts with their severities. */
export function alertSeverities(): Map<string, AlertRule[]> {
  const rules = alertGroups({ certificateLife: usualCertificateLife }).flatMap((group) => group.rules);
  return Map.groupBy(rules, ({ alert }) => alert);
}

/** What all rules of a file have. */
export interface RuleFileSettings {
  /** Address of the folder docs/runbooks, if it has one. */
  runbooks?: string | undefined;
  /** Further labels of all alerts. */
  labels?: Record<string, string>;
}

/** The rules as Prometheus reads them. */
export function ruleFile(groups: readonly AlertGroup[], settings: RuleFileSettings = {}): { groups: RuleGroup[] } {
  return {
    groups: groups.map(({ name, records = [], rules }) => ({
      name,
      rules: [...records, ...rules.map((rule) => ruleOf(rule, settings))],
    })),
  };
}

/** A group of rules as Prometheus reads it. */
interface RuleGroup {
  name: string;
  rules: object[];
}

function ruleOf(
  { alert, expr, severity, needs, summary, description, ...times }: AlertRule,
  { runbooks, labels }: RuleFileSettings,
): object {
  return {
    alert,
    expr,
    ...(times.for !== undefined && { for: times.for }),
    ...(times.keepFiringFor !== undefined && { keep_firing_for: times.keepFiringFor }),
    labels: { severity, ...(needs !== undefined && { needs }), ...labels },
    annotations: {
      summary,
      description,
      ...(runbooks !== undefined && { runbook_url: `${runbooks.replace(/\/$/, "")}/${alert}.md` }),
    },
  };
}

/** Alerts on the monitoring itself. */
import { type AlertGroup, type AlertRule, type AlertSettings, grown } from "./alertRule";

/** Name of the alert that always fires. */
export const watchdog = "Watchdog";

export function monitoringAlerts({ operated = false }: AlertSettings): AlertGroup {
  const rules = operated ? [alive] : [alive, ...ofOwnServers];
  return { name: "monitoring", rules: rules.map((rule) => ({ ...rule, ofPlatform: true })) };
}

const alive: AlertRule = {
  alert: watchdog,
  expr: "vector(1)",
  severity: "none",
  summary: "Alerts arrive",
  description: "It always fires. Whoever hears no more of it should look after the monitoring.",
};

const ofOwnServers: AlertRule[] = [
  {
    alert: "AlertmanagerDown",
    expr: 'up{job="alertmanagers"} == 0',
    for: "5m",
    severity: "warning",
    summary: "Alertmanager {{ $labels.node }} is down",
    description: "The others notify while it is away.",
  },
  {
    alert: "AlertmanagersApart",
    expr: 'min(alertmanager_cluster_members) < count(up{job="alertmanagers"} == 1)',
    for: "10m",
    severity: "warning",
    summary: "The Alertmanagers do not know each other",
    description: "One knows {{ $value }} of them, itself included. People may be told twice, and silences not be kept.",
  },
  {
    alert: "NotificationsFailing",
    expr: "sum by (integration) (increase(alertmanager_notifications_failed_total[10m])) > 0",
    for: "5m",
    severity: "critical",
    summary: "Notifications by {{ $labels.integration }} fail",
    description: "{{ $value | humanize }} within 10 minutes. Somebody may not be told of alerts.",
  },
  {
    alert: "AlertsUndelivered",
    // It sends each alert once a minute. At its start, Alertmanagers may need a moment longer than it does.
    expr: grown("prometheus_notifications_dropped_total", "2m"),
    for: "5m",
    severity: "critical",
    summary: "Prometheus reaches no Alertmanager",
    description: "It dropped {{ $value }} alerts within 2 minutes, and did so before.",
  },
  {
    alert: "RulesFailing",
    expr: "sum by (rule_group) (increase(prometheus_rule_evaluation_failures_total[10m])) > 0",
    for: "5m",
    severity: "warning",
    summary: "Rules of {{ $labels.rule_group }} cannot be evaluated",
    description: "{{ $value | humanize }} times within 10 minutes. Their alerts are missing.",
  },
  {
    alert: "MetricsKeptShorter",
    expr: "increase(prometheus_tsdb_size_retentions_total[1d]) > 0",
    severity: "info",
    summary: "Metrics are not kept as long as the stack file says",
    description: "The volume of Prometheus is full; the oldest went {{ $value | humanize }} times within a day.",
  },
];

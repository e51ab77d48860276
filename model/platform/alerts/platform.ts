/** Alerts on the controller and on certificates. */
import { certificateEnds } from "../figures";
import type { AlertGroup, AlertRule, AlertSettings } from "./alertRule";

const day = 24 * 3600;

/** Certificates are renewed when a third of their life is left. What is left of half of that is a failure. */
function certificateExpiring({ certificateLife }: AlertSettings): AlertRule[] {
  const left = (longest: number, share: number): number => Math.min(longest, Math.floor(certificateLife * share));
  const rule = (severity: "warning" | "critical", seconds: number): AlertRule => ({
    alert: "CertificateExpiring",
    expr: `${certificateEnds} - time() < ${seconds}`,
    for: "1m",
    severity,
    summary: "A certificate of {{ $labels.organization }} in namespace {{ $labels.namespace }} ends soon",
    description:
      "The {{ $labels.kind }} certificate {{ $labels.identity }} of CA {{ $labels.ca }} ends in {{ $value | humanizeDuration }}. " +
      "It should have been renewed long ago.",
  });
  return [rule("warning", left(30 * day, 1 / 6)), rule("critical", left(7 * day, 1 / 24))];
}

const notReady = (which: string): string => `baas_resource_not_ready_timestamp_seconds{${which}}`;

/** The rules. */
export function platformAlerts(settings: AlertSettings): AlertGroup {
  return {
    name: "platform",
    rules: [
      {
        alert: "ControllerDown",
        ofPlatform: true,
        expr: 'absent(up{job="controller"} == 1)',
        for: "5m",
        severity: "critical",
        summary: "The network controller is down",
        description: "Networks run on. Nothing is changed, restarted or renewed.",
      },
      {
        alert: "PlatformGatewayDown",
        ofPlatform: true,
        expr: 'max(up{job="platform-gateway"}) == 0',
        for: "5m",
        severity: "warning",
        summary: "The platform's gateway is down",
        description: "Nobody outside the cluster reaches Grafana. Networks and alerts do without it.",
      },
      {
        alert: "ControllerIdle",
        ofPlatform: true,
        expr: "sum(baas_leader) == 0",
        for: "5m",
        severity: "critical",
        summary: "No network controller leads",
        description: "Its pods run, and none of them works. Nothing is changed, restarted or renewed.",
      },
      {
        alert: "ReconciliationFailing",
        ofPlatform: true,
        expr: 'sum by (kind) (rate(baas_reconcile_total{result=~"failing|error"}[10m])) > 0',
        for: "30m",
        severity: "warning",
        summary: "The controller cannot make an object of kind {{ $labels.kind }} what it should be",
        description: "It has failed for 30 minutes. The object's condition Ready says why.",
      },
      {
        alert: "RolloutStuck",
        expr: `time() - ${notReady('kind="Rollout"')} > 1800`,
        severity: "warning",
        summary: "Nodes in namespace {{ $labels.namespace }} do not get to their new state",
        description:
          "The Rollout has not been ready for {{ $value | humanizeDuration }}. Its condition says what it waits for.",
      },
      {
        alert: "ResourceNotReady",
        expr: `time() - ${notReady('kind!="Rollout"')} > 900`,
        severity: "warning",
        summary: "{{ $labels.kind }} {{ $labels.resource }} in namespace {{ $labels.namespace }} is not ready",
        description: "For {{ $value | humanizeDuration }} now. Its condition Ready says why.",
      },
      ...certificateExpiring(settings),
    ],
  };
}

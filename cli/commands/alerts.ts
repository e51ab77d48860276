/** `baas alerts`: who would be told of an alert. */
import { didYouMean } from "../../model/didYouMean";
import { whoIsTold } from "../../model/platform/alertRouting";
import { alertSeverities } from "../../model/platform/alerts";
import type { TeamConfig } from "../../model/stackFile/monitoringSchema";
import { UserError } from "../../model/userError";
import { monitoredPlatform } from "../common/monitoredPlatform";
import { findProject } from "../common/project";

/** Prints who would be told of an alert of a network, or of the platform. */
export function route({ network, alert, json }: { network: string; alert: string; json?: true }): number {
  const projectDir = findProject();
  const known = alertSeverities();
  const rules = known.get(alert);
  if (rules === undefined) {
    const names = [...known.keys()];
    throw new UserError(`there is no alert "${alert}".${didYouMean(alert, names) || ` Alerts: ${names.join(", ")}`}`);
  }
  const { stack, platformName, monitoring } = monitoredPlatform(projectDir, network);
  // Its alerts name no network, so that no team of a network is told.
  const isPlatform = stack.kind === "platform" || rules.every(({ ofPlatform }) => ofPlatform);
  const answers = rules.map(({ severity }) => ({
    severity,
    ...whoIsTold(monitoring, { alertname: alert, severity, ...(!isPlatform && { network }) }),
  }));
  const whose = isPlatform ? platformName : network;
  if (json === true) process.stdout.write(`${JSON.stringify(answers, undefined, 2)}\n`);
  else for (const answer of answers) process.stdout.write(`${sentence(alert, whose, answer)}\n`);
  return 0;
}

function sentence(
  alert: string,
  whose: string,
  { severity, team, receivers, quietHours }: { severity: string } & ReturnType<typeof whoIsTold>,
): string {
  const of = severity === "none" ? alert : `${alert} (${severity})`;
  if (receivers.length === 0) return `${of} of ${whose}: nobody is told`;
  const teams = team === undefined ? "" : ` of team ${team}`;
  const quiet = quietHours.length === 0 ? "" : `, but not ${quietHours.map(hours).join(", nor ")}`;
  return `${of} of ${whose}: ${receivers.join(", ")}${teams}${quiet}`;
}

function hours({ days, from, to, timeZone }: TeamConfig["quietHours"][number]): string {
  return `${days === undefined ? "" : `on ${days.join(", ")} `}from ${from} to ${to} ${timeZone}`;
}

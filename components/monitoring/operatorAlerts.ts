/** The rules of alerts, and who is told, as the Prometheus operator 0.93 reads them. */
import { prometheusRulesName } from "../../model/contracts/monitoring";
import { durationSeconds } from "../../model/duration";
import { alertmanagerRouting } from "../../model/platform/alertRouting";
import { alertGroups, ruleFile } from "../../model/platform/alerts";
import type { AlertSettings } from "../../model/platform/alerts/alertRule";
import type { MonitoringConfig, ReceiverConfig } from "../../model/stackFile/monitoringSchema";
import { type OperatorObject, operatorVersions } from "./operatorScraping";

/** Arguments of {@link alertObjects}. */
export interface AlertObjectsArgs extends Pick<AlertSettings, "certificateLife"> {
  config: MonitoringConfig;
  /** Name of the environment, which is a label of its alerts: the Alertmanager has those of others, too. */
  environment: string;
}

/** The rules, and the routing where there are teams. */
export function alertObjects(args: AlertObjectsArgs): OperatorObject[] {
  const { config } = args;
  return [rules(args), ...(config.teams.length > 0 || config.heartbeat !== undefined ? [routing(args)] : [])];
}

function rules({ config, environment, certificateLife }: AlertObjectsArgs): OperatorObject {
  const { interval, serviceLevels, runbooks } = config;
  const settings = { certificateLife, serviceLevels, interval: durationSeconds(interval), operated: true };
  const { groups } = ruleFile(alertGroups(settings), { runbooks, labels: { environment } });
  // As often as the rules of service levels count on.
  const spec = {
    groups: groups.map(({ name, rules }) => ({ name: `${prometheusRulesName} ${name}`, interval, rules })),
  };
  return { apiVersion: operatorVersions.stable, kind: "PrometheusRule", name: prometheusRulesName, spec };
}

/** A comparison of a label, as the operator writes it. */
interface Matcher {
  name: string;
  matchType: string;
  value: string;
}

/** What of the routing is read here, as Alertmanager names it. */
interface Routing {
  route: Record<string, unknown>;
  inhibit_rules: { source_matchers: string[]; target_matchers: string[]; equal: string[] }[];
  time_intervals?: { name: string; time_intervals: { times: object[]; weekdays: string[] }[] }[];
}

/** The routing of alertRouting.ts, for the alerts of this environment. */
function routing({ config, environment }: AlertObjectsArgs): OperatorObject {
  const ours: Matcher = { name: "environment", matchType: "=", value: environment };
  const { route, inhibit_rules, time_intervals } = alertmanagerRouting(config) as unknown as Routing;
  const spec = {
    route: { ...(renamed(route) as object), matchers: [ours] },
    receivers: [{ name: route.receiver }, ...config.receivers.map(receiver)],
    inhibitRules: inhibit_rules.map(({ source_matchers, target_matchers, equal }) => ({
      sourceMatch: [ours, ...source_matchers.map(matcher)],
      targetMatch: [ours, ...target_matchers.map(matcher)],
      equal,
    })),
    ...(time_intervals && {
      muteTimeIntervals: time_intervals.map(({ name, time_intervals: parts }) => ({
        name,
        // It knows no time zone but UTC, which the checks of the stack file hold.
        timeIntervals: parts.map(({ times, weekdays }) => ({ times: renamed(times), weekdays })),
      })),
    }),
  };
  return { apiVersion: operatorVersions.alpha, kind: "AlertmanagerConfig", name: prometheusRulesName, spec };
}

/** A part of Alertmanager's configuration with the operator's names and matchers. */
function renamed(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(renamed);
  if (typeof part !== "object" || part === null) return part;
  return Object.fromEntries(
    Object.entries(part).map(([name, value]) => [
      name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
      name === "matchers" ? (value as string[]).map(matcher) : renamed(value),
    ]),
  );
}

/** @param text - such as `severity=~"info|none"` */
function matcher(text: string): Matcher {
  const [, name = "", matchType = "", value = ""] = /^(\w+)(=~|!~|!=|=)"(.*)"$/.exec(text) ?? [];
  return { name, matchType, value };
}

function receiver({ name, webhook, email, slack, wechat, pagerduty, msteams }: ReceiverConfig): object {
  const sendResolved = true;
  return {
    name,
    ...(webhook && { webhookConfigs: [{ sendResolved, ...webhookSettings(webhook) }] }),
    ...(email && {
      emailConfigs: [
        {
          ...{ sendResolved, to: email.to, from: email.from, smarthost: email.server, requireTLS: true },
          ...(email.username !== undefined && { authUsername: email.username }),
          ...(email.secretName !== undefined && { authPassword: { name: email.secretName, key: "password" } }),
        },
      ],
    }),
    ...(slack && {
      slackConfigs: [{ sendResolved, channel: slack.channel, apiURL: { name: slack.secretName, key: "url" } }],
    }),
    ...(wechat && {
      wechatConfigs: [
        {
          ...{ sendResolved, corpID: wechat.corporation, agentID: wechat.agent },
          ...(wechat.party !== undefined && { toParty: wechat.party }),
          ...(wechat.user !== undefined && { toUser: wechat.user }),
          apiSecret: { name: wechat.secretName, key: "secret" },
        },
      ],
    }),
    ...(pagerduty && {
      pagerdutyConfigs: [{ sendResolved, routingKey: { name: pagerduty.secretName, key: "routingKey" } }],
    }),
    ...(msteams && { msteamsv2Configs: [{ sendResolved, webhookURL: { name: msteams.secretName, key: "url" } }] }),
  };
}

function webhookSettings({ url, secretName: name }: NonNullable<ReceiverConfig["webhook"]>): object {
  if (url === undefined) return { urlSecret: { name, key: "url" } };
  const authorization = { type: "Bearer", credentials: { name, key: "token" } };
  return { url, ...(name !== undefined && { httpConfig: { authorization } }) };
}

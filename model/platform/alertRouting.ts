/** Who is told of an alert: the configuration of Alertmanagers, and the answer for one alert. */
import { receiverSecretsDir } from "../contracts/monitoring";
import { type MonitoringConfig, type ReceiverConfig, type TeamConfig, weekdays } from "../stackFile/monitoringSchema";
import { watchdog } from "./alerts/monitoring";

/** Receiver of what nobody is told. */
export const nobody = "nobody";

type Labels = Record<string, string>;

/** A route as Alertmanager reads it. */
interface Route {
  receiver?: string;
  matchers?: string[];
  routes?: Route[];
  continue?: boolean;
  mute_time_intervals?: string[];
  [setting: string]: unknown;
}

/** Name of a team's quiet hours. */
const quietHoursOf = ({ name }: Pick<TeamConfig, "name">): string => `${name}-quiet`;

/** `route`, `receivers`, `inhibit_rules` and `time_intervals` of Alertmanagers. */
export function alertmanagerRouting(config: MonitoringConfig): Record<string, unknown> {
  const quiet = config.teams.filter(({ quietHours }) => quietHours.length > 0);
  return {
    route: {
      receiver: nobody,
      // One cause is one notification, however many nodes it concerns.
      group_by: ["network", "alertname"],
      group_wait: config.groupWait,
      group_interval: config.groupInterval,
      repeat_interval: config.repeatInterval,
      routes: routes(config),
    },
    inhibit_rules: inhibitions,
    receivers: [{ name: nobody }, ...config.receivers.map(receiver)],
    ...(quiet.length > 0 && { time_intervals: quiet.map(timeInterval) }),
  };
}

function routes({ heartbeat, teams }: MonitoringConfig): Route[] {
  const beating: Route = { receiver: heartbeat, group_wait: "0s", group_interval: "5m", repeat_interval: "5m" };
  // The first that matches applies: the team of all others is the last.
  const ordered = [...teams].sort((a, b) => Number(a.networks === undefined) - Number(b.networks === undefined));
  return [
    { matchers: [`alertname="${watchdog}"`], ...(heartbeat === undefined ? { receiver: nobody } : beating) },
    { matchers: ['severity=~"info|none"'], receiver: nobody },
    ...ordered.map(teamRoute),
  ];
}

function teamRoute(team: TeamConfig): Route {
  const { networks, receiver, critical, quietHours } = team;
  const isCritical = ['severity="critical"'];
  const muted = quietHours.length > 0 ? { mute_time_intervals: [quietHoursOf(team)] } : {};
  return {
    ...(networks !== undefined && { matchers: [`network=~"${networks.join("|")}"`] }),
    receiver,
    routes: [
      ...(critical === undefined || critical === receiver
        ? []
        : [{ matchers: isCritical, receiver: critical, continue: true }]),
      { matchers: isCritical, receiver },
      { matchers: ['severity!="critical"'], receiver, ...muted },
    ],
  };
}

/** What is a consequence of something else is not told. */
const inhibitions = [
  {
    source_matchers: ['alertname="NetworkNew"'],
    target_matchers: [`alertname!~"NetworkNew|${watchdog}"`],
    equal: ["network"],
  },
  {
    source_matchers: ['alertname="NetworkDown"'],
    target_matchers: [`alertname!~"NetworkDown|${watchdog}"`],
    equal: ["network"],
  },
  {
    source_matchers: ['alertname="OrderingDown"'],
    target_matchers: ['alertname!="OrderingDown"', 'needs="ordering"'],
    equal: ["network"],
  },
  {
    source_matchers: ['alertname="OrderingDown"'],
    target_matchers: ['alertname="OrdererDown"'],
    equal: ["network"],
  },
  {
    source_matchers: ['alertname="SubmitBudgetBurning"', 'severity="critical"'],
    target_matchers: ['alertname=~"SubmitFailing|CommitBudgetBurning"'],
    equal: ["network"],
  },
  // Calls that fail are late, too.
  {
    source_matchers: ['alertname="SubmitBudgetBurning"'],
    target_matchers: ['alertname="CommitBudgetBurning"', 'severity="warning"'],
    equal: ["network"],
  },
  {
    source_matchers: ['alertname="OrganizationPeersDown"'],
    target_matchers: ['alertname=~"PeerDown|StateDatabaseDown"'],
    equal: ["network", "organization"],
  },
  {
    source_matchers: ['alertname="PeerDown"'],
    target_matchers: ['alertname="StateDatabaseDown"'],
    equal: ["network", "node"],
  },
  {
    source_matchers: ['alertname="GatewayDown"'],
    target_matchers: ['alertname=~"GatewayPodDown|GatewayNodeUnreachable"'],
    equal: ["network"],
  },
  {
    source_matchers: ['alertname="JsonRpcDown"'],
    target_matchers: ['alertname=~"JsonRpcFailing|RpcNodeNotServing"'],
    equal: ["network"],
  },
  // The same alert, more urgent.
  {
    source_matchers: ['severity="critical"'],
    target_matchers: ['severity=~"warning|info"'],
    equal: [
      "alertname",
      "namespace",
      "network",
      "organization",
      "node",
      "channel",
      "ca",
      "kind",
      "identity",
      "persistentvolumeclaim",
    ],
  },
];

function receiver(config: ReceiverConfig): object {
  const { name, webhook, email, slack, wechat, pagerduty, msteams } = config;
  const file = (secret: string, key: string): string => `${receiverSecretsDir}/${secret}/${key}`;
  const resolved = { send_resolved: true };
  return {
    name,
    ...(webhook && { webhook_configs: [{ ...resolved, ...webhookSettings(webhook, file) }] }),
    ...(email && {
      email_configs: [
        {
          ...{ ...resolved, to: email.to, from: email.from, smarthost: email.server, require_tls: true },
          ...(email.username !== undefined && { auth_username: email.username }),
          ...(email.secretName !== undefined && { auth_password_file: file(email.secretName, "password") }),
        },
      ],
    }),
    ...(slack && {
      slack_configs: [{ ...resolved, channel: slack.channel, api_url_file: file(slack.secretName, "url") }],
    }),
    ...(wechat && {
      wechat_configs: [
        {
          ...{ ...resolved, corp_id: wechat.corporation, agent_id: wechat.agent },
          ...(wechat.party !== undefined && { to_party: wechat.party }),
          ...(wechat.user !== undefined && { to_user: wechat.user }),
          api_secret_file: file(wechat.secretName, "secret"),
        },
      ],
    }),
    ...(pagerduty && {
      pagerduty_configs: [{ ...resolved, routing_key_file: file(pagerduty.secretName, "routingKey") }],
    }),
    ...(msteams && { msteamsv2_configs: [{ ...resolved, webhook_url_file: file(msteams.secretName, "url") }] }),
  };
}

function webhookSettings(
  { url, secretName: secret }: NonNullable<ReceiverConfig["webhook"]>,
  file: (secret: string, key: string) => string,
): object {
  if (url === undefined) return { url_file: file(secret!, "url") };
  const authorization = secret === undefined ? {} : { authorization: { credentials_file: file(secret, "token") } };
  return { url, ...(secret !== undefined && { http_config: authorization }) };
}

/** Secrets that receivers need, each with its keys. */
export function receiverSecrets({ receivers }: Pick<MonitoringConfig, "receivers">): string[] {
  const all = receivers.flatMap(({ name: _, ...kinds }) =>
    Object.values(kinds).flatMap((kind) => kind?.secretName ?? []),
  );
  return [...new Set(all)].sort();
}

/** TCP ports of the servers that receivers are reached by. */
export function receiverPorts({ receivers }: Pick<MonitoringConfig, "receivers">): number[] {
  const portOf = (url: URL): number => Number(url.port) || (url.protocol === "http:" ? 80 : 443);
  const all = receivers.flatMap(({ webhook, email, slack, wechat, pagerduty, msteams }) => [
    ...(webhook === undefined ? [] : [webhook.url === undefined ? 443 : portOf(new URL(webhook.url))]),
    ...(email === undefined ? [] : [Number(email.server.slice(email.server.lastIndexOf(":") + 1))]),
    ...([slack, wechat, pagerduty, msteams].some((kind) => kind !== undefined) ? [443] : []),
  ]);
  return [...new Set(all)].sort((a, b) => a - b);
}

/** Quiet hours as Alertmanager reads them: none crosses midnight. */
function timeInterval(team: TeamConfig): object {
  return {
    name: quietHoursOf(team),
    time_intervals: team.quietHours.flatMap(({ days = weekdays, from, to, timeZone }) => {
      const part = (on: readonly string[], start_time: string, end_time: string) => ({
        times: [{ start_time, end_time }],
        // As single days: 0.25 takes no range that goes over Sunday.
        weekdays: [...on],
        location: timeZone,
      });
      if (from < to) return [part(days, from, to)];
      const after = days.map((day) => weekdays[(weekdays.indexOf(day) + 1) % weekdays.length]!);
      return [part(days, from, "24:00"), ...(to === "00:00" ? [] : [part(after, "00:00", to)])];
    }),
  };
}

/** Who is told of an alert. */
export interface Told {
  /** The team whose alert it is; absent if it is nobody's. */
  team?: string;
  /** Receivers, in the order of routes. */
  receivers: string[];
  /** When they are not told. */
  quietHours: TeamConfig["quietHours"];
}

/** Who is told of an alert with these labels. */
export function whoIsTold(config: MonitoringConfig, labels: Labels): Told {
  const { alertname, severity = "", network = "" } = labels;
  if (alertname === watchdog) {
    return { receivers: config.heartbeat === undefined ? [] : [config.heartbeat], quietHours: [] };
  }
  const team =
    config.teams.find(({ networks }) => networks?.includes(network)) ??
    config.teams.find(({ networks }) => networks === undefined);
  if (team === undefined || ["info", "none"].includes(severity)) return { receivers: [], quietHours: [] };
  const isCritical = severity === "critical";
  const also = isCritical && team.critical !== undefined ? [team.critical] : [];
  return {
    team: team.name,
    receivers: [...new Set([...also, team.receiver])],
    quietHours: isCritical ? [] : team.quietHours,
  };
}

/** Rules of the monitoring of a platform that span fields. */
import { durationSeconds } from "../duration";
import { listed } from "../messageText";
import type { Finding } from "../stackFile/findings";
import type { MonitoringConfig } from "../stackFile/monitoringSchema";
import type { EnvironmentConfig, PlatformConfig } from "../stackFile/schema";
import { nobody } from "./alertRouting";
import { checkOperator } from "./operatorChecks";
import { retainedMebibytes, volumeFor } from "./planMonitoring";
import { quietForEver } from "./quietHours";

/** A network that monitoring watches. */
export interface WatchedNetwork {
  name: string;
  kind: "network" | "ethereum";
}

/** Alertmanagers wait this long for each other, one after another, before they notify, in seconds. Source: its --cluster.peer-timeout. */
const peerTimeout = 15;

/** How long NetworkDown fires on, in seconds: the `keepFiringFor` of alerts/network.ts. */
const networkDownLasts = 60;

/** What Prometheus keeps of one network for a day at an interval of 15 seconds, in mebibytes. Measured: 30 targets with 540 series each. */
const networkDay = 140;

/**
 * Checks the monitoring of a platform.
 *
 * @param root - path of the platform in its file, such as `baas:platform`
 * @param watched - the environment's networks
 */
export function checkMonitoring(
  root: string,
  { environment, monitoring, monitoringNamespace, namespace }: PlatformConfig,
  { purpose }: EnvironmentConfig,
  watched: readonly WatchedNetwork[],
): { errors: Finding[]; warnings: Finding[] } {
  if (monitoring === undefined) return { errors: [], warnings: [] };
  const networks = watched.map(({ name }) => name);
  const path = `${root}.monitoring`;
  const operated = monitoring.operator !== undefined;
  const single = `is 1, and environment "${environment}" is for production: nobody is told while it restarts. Write alertmanagers: 2`;
  const same = `is the platform's own namespace, whose Prometheus reads metrics by itself: leave it out`;
  return {
    errors: [
      ...(purpose === "production" && monitoring.alertmanagers === 1
        ? [{ path: `${path}.alertmanagers`, message: single }]
        : []),
      ...(monitoringNamespace === namespace ? [{ path: `${root}.monitoringNamespace`, message: same }] : []),
      ...checkOperator(root, monitoringNamespace, monitoring),
      ...(operated ? [] : [...intervals(path, monitoring), ...retention(path, monitoring, networks.length)]),
      ...doubles(`${path}.receivers`, monitoring.receivers),
      ...takenName(`${path}.receivers`, monitoring),
      ...doubles(`${path}.teams`, monitoring.teams),
      ...unknownReceivers(path, monitoring),
      ...teamNetworks(`${path}.teams`, monitoring, environment, networks),
      ...levelNetworks(`${path}.serviceLevels.networks`, monitoring, environment, watched),
    ],
    // How often an operator's Prometheus and Alertmanager do something, their own objects may say otherwise.
    warnings: [
      ...untold(path, monitoring),
      ...quietForEver(`${path}.teams`, monitoring),
      ...patience(path, monitoring),
      ...(operated ? intervals(path, monitoring) : shortMemory(path, monitoring)),
    ],
  };
}

/** With other intervals, one cause is several notifications. */
function intervals(path: string, config: MonitoringConfig): Finding[] {
  const { alertmanagers, interval, groupWait, groupInterval, repeatInterval } = config;
  const seconds = durationSeconds;
  const found: Finding[] = [];
  if (seconds(interval) * 2 >= networkDownLasts) {
    const message =
      `is ${interval}: alerts on nodes would end after that on their network, and be told. Write less than ` +
      `${networkDownLasts / 2}s`;
    found.push({ path: `${path}.interval`, message });
  }
  if (seconds(groupWait) < seconds(interval) * 2) {
    const message =
      `is ${groupWait}, and metrics are read and rules evaluated every ${interval}: alerts of one cause would not be there yet. ` +
      `Write ${Math.ceil(seconds(interval) * 2)}s or more`;
    found.push({ path: `${path}.groupWait`, message });
  }
  const longestWait = peerTimeout * (alertmanagers - 1);
  if (seconds(groupInterval) <= longestWait) {
    const message =
      `is ${groupInterval}, and the last of ${alertmanagers} Alertmanagers waits ${longestWait}s for the others: each would notify. ` +
      `Write more than ${longestWait}s`;
    found.push({ path: `${path}.groupInterval`, message });
  }
  if (seconds(repeatInterval) < seconds(groupInterval)) {
    const message = `is ${repeatInterval}, less than groupInterval, which is ${groupInterval}: write that or more`;
    found.push({ path: `${path}.repeatInterval`, message });
  }
  return found;
}

/** The longest waits after which an alert is still news, in seconds. */
const longestWaits = { groupWait: 600, groupInterval: 3600 };

/** Waits by which people hear of everything late. */
function patience(path: string, config: MonitoringConfig): Finding[] {
  return (["groupWait", "groupInterval"] as const).flatMap((field) => {
    if (durationSeconds(config[field]) <= longestWaits[field]) return [];
    const what = field === "groupWait" ? "every alert" : "what comes to a group that they have heard of";
    const message = `is ${config[field]}: people hear of ${what} so much later. Write ${longestWaits[field] / 60}m or less`;
    return [{ path: `${path}.${field}`, message }];
  });
}

const hoursIn: Record<string, number> = { h: 1, d: 24, w: 168 };

const daysOf = (retention: string): number => (Number.parseInt(retention, 10) * hoursIn[retention.slice(-1)]!) / 24;

/** What is kept must have room. */
function retention(path: string, config: MonitoringConfig, networks: number): Finding[] {
  const { retention: time, storage, interval } = config;
  const days = daysOf(time);
  const needed = (days * Math.max(networks, 1) * networkDay * 15) / durationSeconds(interval);
  const room = retainedMebibytes(config);
  if (needed <= room) return [];
  const count = networks === 1 ? "1 network" : `${Math.max(networks, 1)} networks`;
  const fits = Math.floor((days * room) / needed);
  const less = fits > 0 ? `, or retention: ${fits}d` : "";
  const message = `is ${time}, and the metrics of ${count} for that time do not fit in a volume of ${storage}: write storage: ${volumeFor(needed, storage)}${less}`;
  return [{ path: `${path}.retention`, message }];
}

function doubles(path: string, named: readonly { name: string }[]): Finding[] {
  return named.flatMap(({ name }, i) =>
    named.findIndex((other) => other.name === name) === i
      ? []
      : [{ path: `${path}[${i}].name`, message: `"${name}" is there already: choose another name` }],
  );
}

function takenName(path: string, { receivers }: MonitoringConfig): Finding[] {
  return receivers.flatMap(({ name }, i) => {
    const message = `"${name}" is the name of the receiver that tells nobody, which is always there: choose another name`;
    return name === nobody ? [{ path: `${path}[${i}].name`, message }] : [];
  });
}

function unknownReceivers(path: string, { receivers, teams, heartbeat }: MonitoringConfig): Finding[] {
  const names = receivers.map(({ name }) => name);
  const choices = names.length === 0 ? "There is none in receivers." : `Receivers: ${listed(names)}.`;
  const check = (name: string | undefined, place: string): Finding[] =>
    name === undefined || names.includes(name)
      ? []
      : [{ path: `${path}.${place}`, message: `"${name}" is no receiver.`, choices }];
  return [
    ...teams.flatMap(({ receiver, critical }, i) => [
      ...check(receiver, `teams[${i}].receiver`),
      ...check(critical, `teams[${i}].critical`),
    ]),
    ...check(heartbeat, "heartbeat"),
  ];
}

function teamNetworks(
  path: string,
  { teams }: MonitoringConfig,
  environment: string,
  networks: readonly string[],
): Finding[] {
  const found: Finding[] = [];
  const taken = new Map<string, string>();
  let others: string | undefined;
  for (const [i, team] of teams.entries()) {
    if (team.networks === undefined) {
      if (others !== undefined) {
        const message = `is missing, and team "${others}" has all networks that no other team has: name those of "${team.name}"`;
        found.push({ path: `${path}[${i}].networks`, message });
      }
      others ??= team.name;
    }
    for (const [j, network] of (team.networks ?? []).entries()) {
      const place = `${path}[${i}].networks[${j}]`;
      const owner = taken.get(network);
      if (owner !== undefined) found.push({ path: place, message: `"${network}" has team "${owner}": leave it out` });
      else if (!networks.includes(network)) {
        found.push(unknownNetwork(place, network, environment, networks));
      }
      taken.set(network, owner ?? team.name);
    }
  }
  return found;
}

function levelNetworks(
  path: string,
  { serviceLevels }: MonitoringConfig,
  environment: string,
  watched: readonly WatchedNetwork[],
): Finding[] {
  const ofFabric = watched.filter(({ kind }) => kind === "network").map(({ name }) => name);
  const unknown = serviceLevels.networks.flatMap(({ name }, i) => {
    const place = `${path}[${i}].name`;
    if (ofFabric.includes(name)) return [];
    if (!watched.some((network) => network.name === name)) {
      return [unknownNetwork(place, name, environment, ofFabric)];
    }
    const message = `"${name}" is a network of Ethereum, which has no peers whose calls are counted: leave it out`;
    return [{ path: place, message }];
  });
  return [...doubles(path, serviceLevels.networks), ...unknown];
}

function unknownNetwork(path: string, name: string, environment: string, networks: readonly string[]): Finding {
  const message = `"${name}" is no network of environment "${environment}".`;
  const choices = networks.length === 0 ? "It has none yet." : `Networks: ${listed(networks)}.`;
  return { path, message, choices };
}

/** Service levels look back as far as this, in days. */
const lookBack = 3;

function shortMemory(path: string, { retention: time }: MonitoringConfig): Finding[] {
  if (daysOf(time) >= lookBack) return [];
  const message = `is ${time}, and service levels look back ${lookBack} days: what wears them down slowly is told late. Write ${lookBack}d or more`;
  return [{ path: `${path}.retention`, message }];
}

/** What nobody is told of, and who is never told. */
function untold(path: string, { receivers, teams, heartbeat }: MonitoringConfig): Finding[] {
  const used = [...teams.flatMap(({ receiver, critical }) => [receiver, critical]), heartbeat];
  const idle = receivers.flatMap(({ name }, i) =>
    used.includes(name)
      ? []
      : [
          {
            path: `${path}.receivers[${i}].name`,
            message: `"${name}" is never told: name it in a team, or leave it out`,
          },
        ],
  );
  if (teams.some(({ networks }) => networks === undefined)) return idle;
  const message =
    teams.length === 0
      ? "is empty: nobody is told of alerts. Name a receiver, and a team that has it"
      : "has no team for the platform's own alerts and for new networks: give one team no networks";
  return [...idle, { path: `${path}.teams`, message }];
}

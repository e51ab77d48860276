/**
 * Service levels of networks: which calls to peers count, which of them are bad, and how fast that uses up what may be bad. Source of the
 * windows and their paces: The Site Reliability Workbook, chapter 5, "Multiwindow, Multi-Burn-Rate Alerts".
 */
import { durationSeconds } from "../duration";
import type { ServiceLevelsConfig } from "../stackFile/serviceLevelSchema";

/** What has a target. */
export const objectives = ["submit", "evaluate", "commit"] as const;

/** What has a target. */
export type Objective = (typeof objectives)[number];

/** Names of the recorded series: calls a second that count, and those that are bad, by network and objective. */
export const recorded = { calls: "network:gateway_calls:rate5m", bad: "network:gateway_bad_calls:rate5m" } as const;

/** An expression whose values are kept as a series. */
export interface RecordedRule {
  record: string;
  expr: string;
  labels: Record<string, string>;
}

const ofGateway = 'service="gateway_Gateway"';
const perNetwork = (series: string, matchers: string): string => `sum by (network) (rate(${series}{${matchers}}[5m]))`;

const completed = "grpc_server_unary_requests_completed";
const duration = "grpc_server_unary_request_duration";
const submitting = `${ofGateway},method=~"Endorse|Submit|CommitStatus"`;
const evaluating = `${ofGateway},method="Evaluate"`;
const committing = `${ofGateway},method="CommitStatus"`;

/** The codes of failures that are not the client's, nor the chaincode's. */
const failed = "Unavailable|ResourceExhausted|DeadlineExceeded|Internal";

/** The recorded series. What is bad is 0 and not absent, so that averages over hours are right. */
export function recordedRules(levels: ServiceLevelsConfig): RecordedRule[] {
  const pair = (objective: Objective, calls: string, bad: string): RecordedRule[] => [
    { record: recorded.calls, expr: calls, labels: { objective } },
    { record: recorded.bad, expr: bad, labels: { objective } },
  ];
  const ofCodes = (matchers: string, codes: string): [calls: string, bad: string] => {
    const calls = perNetwork(completed, matchers);
    return [calls, `${perNetwork(completed, `${matchers},code=~"${codes}"`)} or 0 * ${calls}`];
  };
  const all = perNetwork(`${duration}_count`, committing);
  return [
    // Overload shows as Unknown. Of Evaluate, chaincode that refuses shows as that, too.
    ...pair("submit", ...ofCodes(submitting, `${failed}|Unknown`)),
    ...pair("evaluate", ...ofCodes(evaluating, failed)),
    ...pair("commit", all, `${all} - on (network) (${inTime(levels)})`),
  ];
}

/** Calls CommitStatus that were answered in time, by the bound of each network. */
function inTime({ commitWithin, networks }: ServiceLevelsConfig): string {
  const bounds = networks.flatMap(({ name, commitWithin: own }) => (own === undefined ? [] : [{ name, own }]));
  // Prometheus 3 writes 5 as 5.0.
  const within = (bound: string): string => `le=~"${durationSeconds(bound)}(\\\\.0)?"`;
  const others = bounds.length === 0 ? "" : `,network!~"${bounds.map(({ name }) => name).join("|")}"`;
  return [
    perNetwork(`${duration}_bucket`, `${committing},${within(commitWithin)}${others}`),
    ...bounds.map(({ name, own }) =>
      perNetwork(`${duration}_bucket`, `${committing},${within(own)},network="${name}"`),
    ),
  ].join(" or ");
}

/** A long window, and a short one by which the alert ends soon after its cause; what is bad in both is this much more than may be. */
interface Windows {
  long: string;
  short: string;
  pace: number;
}

/** A fiftieth, or a twentieth, of what may be bad in 30 days is used up. */
const soon: readonly Windows[] = [
  { long: "1h", short: "5m", pace: 14.4 },
  { long: "6h", short: "30m", pace: 6 },
];
/** A tenth of it is. */
const later: readonly Windows[] = [{ long: "3d", short: "6h", pace: 1 }];

/** How many calls must be bad before anybody is told: of a network that has few calls, one says little. */
const leastBad = 10;

/** The share of calls that are bad, over a time. */
export function badShare(matchers: string, window: string): string {
  const average = (series: string): string =>
    // The recorded series are of that time; an average of theirs would look back for twice as long.
    window === "5m" ? `${series}{${matchers}}` : `avg_over_time(${series}{${matchers}}[${window}])`;
  return `${average(recorded.bad)} / ${average(recorded.calls)}`;
}

/**
 * What fires while an objective is missed so fast. Its value is the share of calls that are bad.
 *
 * @param interval - how often the recorded series get a value, in seconds
 */
export function burning(
  levels: ServiceLevelsConfig,
  objective: Objective,
  urgency: "critical" | "warning",
  interval: number,
): string {
  const targets = targetsOf(levels, objective);
  const named = targets.flatMap(({ network }) => network ?? []);
  const others = named.length === 0 ? "" : `,network!~"${named.join("|")}"`;
  const { windows: all, known } =
    urgency === "critical" ? { windows: soon, known: "35m" } : { windows: later, known: "365m" };
  const any = all
    .flatMap((windows) =>
      targets.map(({ network, target }) => {
        const which = network === undefined ? others : `,network="${network}"`;
        return burns(`objective="${objective}"${which}`, target, windows, interval);
      }),
    )
    .join(" or ");
  // Of an outage, people have been told. It stays in the short window for that window's time.
  return `(${any}) unless on (network) max_over_time(ALERTS{alertstate="firing",alertname=~"${outages.join("|")}"}[${known}])`;
}

/** Alerts on what makes calls fail. */
const outages = [
  ...["NetworkDown", "OrderingDown", "OrganizationPeersDown", "LedgerStalled", "RaftNoLeader", "KafkaOrderingStalled"],
];

function burns(matchers: string, target: number, { long, short, pace }: Windows, interval: number): string {
  const threshold = Number((((100 - target) / 100) * pace).toPrecision(6));
  return (
    `(${badShare(matchers, long)} > ${threshold} and ${badShare(matchers, short)} > ${threshold} and ` +
    `sum_over_time(${recorded.bad}{${matchers}}[${long}]) * ${interval} >= ${leastBad})`
  );
}

/** The target of all networks, and those of single networks. */
function targetsOf(levels: ServiceLevelsConfig, objective: Objective): { network?: string; target: number }[] {
  const own = levels.networks.flatMap(({ name, [objective]: target }) =>
    target === undefined ? [] : [{ network: name, target }],
  );
  return [{ target: levels[objective] }, ...own];
}

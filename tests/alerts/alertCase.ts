/** A case of an alert rule: series, and whether the alert fires after some time. */

/** Series with their values, in the notation of promtool: `0x10` is ten more zeros, `1+1x10` counts. */
export type Series = Record<string, string>;

/** A case. Values are one minute apart, which is also how often rules are evaluated. */
export interface AlertCase {
  alert: string;
  /** What it shows, as the end of a sentence. */
  when: string;
  series: Series;
  /** Minutes until the alert is looked for. */
  at: number;
  /** Labels of the alerts that fire, beside those of the rule; none for a quiet case. */
  fires: Record<string, string>[];
}

const jobs = {
  ...{ peer: "nodes", orderer: "nodes", "certificate-authority": "nodes" },
  ...{ gateway: "gateways", api: "api", couchdb: "couchdb" },
};

/** Labels of a node of network `trade`, as series carry them. */
export function target(role: keyof typeof jobs, node: string, organization = "org1") {
  const labels = {
    job: jobs[role],
    namespace: "trade",
    network: "trade",
    organization,
    role,
    node,
  };
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${value}"`)
    .join(",");
}

/** Those labels as an object. */
export function targetOf(
  role: Parameters<typeof target>[0],
  node: string,
  organization = "org1",
): Record<string, string> {
  return Object.fromEntries(
    target(role, node, organization)
      .split(",")
      .map((pair) => [pair.split("=")[0]!, pair.split("=")[1]!.slice(1, -1)]),
  );
}

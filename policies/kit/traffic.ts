/** What a rule of a NetworkPolicy allows. */
import { managedByLabel, networkLabel, partOfLabel } from "../../model/contracts/labels";

/** What NetworkPolicies may allow besides what is named. */
export interface AllowedTraffic {
  /** Namespaces whose named pods may be peers. */
  namespaces: readonly string[];
  /** Namespaces all of whose pods may be peers. */
  wholeNamespaces: readonly string[];
  /** Whether named pods of every network may be peers, as those of the platform's controller are. */
  anyNetwork: boolean;
  /** Blocks of addresses: an ipBlock must be one of them. */
  cidrs: readonly string[];
  /** Ports to or from anywhere: `TCP/443`. */
  openPorts: readonly string[];
}

/** Labels that all pods of a network have. */
const shared = [partOfLabel, networkLabel, managedByLabel];

/** Whether a selector names pods: by a label with a value that not all of them have. */
export function namesPods(selector: any): boolean {
  return valuesIn(selector).some(([key]) => !shared.includes(key));
}

/** Labels and the values that a selector asks for. What is only there or not there, asks for none. */
function valuesIn(selector: any): [key: string, values: string[]][] {
  const { matchLabels, matchExpressions } = selector ?? {};
  return [
    ...Object.entries<string>(matchLabels ?? {}).map(([key, value]): [string, string[]] => [key, [value]]),
    ...(matchExpressions ?? [])
      .filter(({ operator }: any) => operator === "In")
      .map(({ key, values = [] }: any): [string, string[]] => [key, values]),
  ];
}

/** What is too wide in a rule, in words, and what of {@link AllowedTraffic} would allow it. */
export interface TooWide {
  what: string;
  by?: "cidrs" | "namespaces" | "openPorts";
}

/**
 * What is too wide in a rule; undefined if it allows named pods only, or anybody on a port that is open.
 *
 * @param direction - `from` or `to`
 */
export function tooWide(rule: any, direction: "from" | "to", allowed: AllowedTraffic): TooWide | undefined {
  const ports: any[] = rule?.ports ?? [];
  const peers: any[] = rule?.[direction] ?? [];
  const range = ports.find(({ endPort }) => endPort !== undefined);
  if (range !== undefined) return { what: `ports ${range.port} to ${range.endPort}` };
  const [wide] = peers.length === 0 ? [everybody] : peers.flatMap((peer) => wideness(peer, allowed) ?? []);
  if (wide === undefined) return undefined;
  const closed = ports.filter((port) => !isOpen(port, allowed.openPorts)).map(({ port }) => port ?? "all");
  if (ports.length > 0 && closed.length === 0) return undefined;
  const isAll = ports.length === 0 || closed.includes("all");
  return { ...wide, what: `${wide.what} on ${isAll ? "all ports" : `port ${closed.join(", ")}`}` };
}

const everybody: TooWide = { what: "everybody", by: "openPorts" };

function isOpen({ protocol = "TCP", port }: any, open: readonly string[]): boolean {
  return typeof port === "number" && open.includes(`${protocol}/${port}`);
}

/** Whom a peer means, if that is more than named pods of allowed namespaces. */
function wideness({ ipBlock, namespaceSelector, podSelector }: any, allowed: AllowedTraffic): TooWide | undefined {
  if (ipBlock !== undefined) {
    return allowed.cidrs.includes(ipBlock.cidr) ? undefined : { what: `addresses ${ipBlock.cidr}`, by: "cidrs" };
  }
  if (namespaceSelector === undefined && podSelector === undefined) return everybody;
  const isNamed = namesPods(podSelector);
  if (namespaceSelector === undefined) return isNamed ? undefined : { what: "all pods of its namespace" };
  if (isOfNetworks(namespaceSelector)) {
    return allowed.anyNetwork && isNamed ? undefined : { what: "pods of all networks" };
  }
  const names = valuesIn(namespaceSelector).find(([key]) => key === "kubernetes.io/metadata.name")?.[1];
  if (names === undefined) return { what: "pods of any namespace" };
  const foreign = names.filter((name) => !allowed.namespaces.includes(name));
  if (foreign.length > 0) return { what: `pods of namespace ${foreign.join(", ")}`, by: "namespaces" };
  const isWhole = names.every((name) => allowed.wholeNamespaces.includes(name));
  return isNamed || isWhole ? undefined : { what: `all pods of namespace ${names.join(", ")}` };
}

/** `{ matchExpressions: [{ key: baas.io/network, operator: Exists }] }` */
function isOfNetworks({ matchLabels = {}, matchExpressions = [] }: any): boolean {
  const [only] = matchExpressions;
  const isAlone = Object.keys(matchLabels).length === 0 && matchExpressions.length === 1;
  return isAlone && only.key === networkLabel && only.operator === "Exists";
}

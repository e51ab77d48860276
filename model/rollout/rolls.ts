/** How a change of nodes rolls, for a preview: in which order they restart, and what that interrupts all the same. */
import type { OrderingType } from "../stackFile/schema";
import { inRestartOrder, type OrderedNode } from "./restartOrder";

/** Nodes that restart one after another. */
export interface Roll {
  /** Names of the nodes, in the order in which they restart. */
  order: string[];
  /** Whether the one that leads restarts after the others of its role, wherever it is in the list. */
  leaderLast: boolean;
  /** Whether they are of the platform's Kafka. */
  isKafka?: true;
  /** What is interrupted while one of them restarts, because no other takes its place. */
  outages: string[];
}

/** What stands between two nodes that restart, as the end of a sentence. */
export const oneAfterAnother = "one after another, each ready and its channels caught up before the next";

/** What stands between two servers of the platform's Kafka that restart, as the end of a sentence. */
export const oneServerAfterAnother = "one after another, each ready and all topics in sync before the next";

/** Roles of nodes of which one leads. */
const led: readonly OrderedNode["role"][] = ["orderer", "zookeeper", "kafka"];

/**
 * How nodes restart.
 *
 * @param restarting - names of the nodes that restart
 * @param all - every node of the network or of the platform
 * @param ordering - type of its ordering service
 */
export function rollOf(
  restarting: readonly string[],
  all: readonly OrderedNode[],
  ordering: OrderingType = "etcdraft",
): Roll {
  const nodes = all.filter(({ name }) => restarting.includes(name));
  const isLed = (wanted: OrderedNode["role"]): boolean => wanted !== "orderer" || ordering === "etcdraft";
  return {
    order: inRestartOrder(nodes, all).map(({ name }) => name),
    leaderLast: led.filter(isLed).some((wanted) => nodes.filter(({ role }) => role === wanted).length > 1),
    ...(nodes.some(({ role }) => role === "zookeeper" || role === "kafka") && { isKafka: true as const }),
    outages: outagesOf(nodes, all, ordering),
  };
}

function outagesOf(nodes: readonly OrderedNode[], all: readonly OrderedNode[], ordering: OrderingType): string[] {
  const has = (wanted: OrderedNode["role"]): boolean => nodes.some(({ role }) => role === wanted);
  const organizations = [...new Set(nodes.filter(({ role }) => role === "peer").map((node) => node.organization))];
  const countOf = (role: OrderedNode["role"], organization?: string): number =>
    all.filter((one) => one.role === role && (organization ?? one.organization) === one.organization).length;
  return [
    ...(has("orderer") ? ordererOutage(countOf("orderer"), ordering) : []),
    ...(has("zookeeper") ? zooKeeperOutage(countOf("zookeeper")) : []),
    ...peerOutages(organizations.map((name) => ({ name, peers: countOf("peer", name) }))),
  ];
}

/** What the restart of an orderer interrupts. On Kafka, orderers need no majority. */
export function ordererOutage(orderers: number, ordering: OrderingType): string[] {
  if (orderers === 1) return ["there is one orderer: nothing is ordered while it restarts"];
  if (orderers === 2 && ordering === "etcdraft")
    return ["one of two orderers is no majority: nothing is ordered while the other one restarts"];
  return [];
}

/** What the restart of a ZooKeeper interrupts. Brokers serve without, but none takes over from another. */
function zooKeeperOutage(zooKeepers: number): string[] {
  const consequence = "no broker takes over from another, and no topic is made";
  if (zooKeepers === 1) return [`there is one ZooKeeper: while it restarts, ${consequence}`];
  if (zooKeepers === 2) return [`one of two ZooKeepers is no majority: while the other one restarts, ${consequence}`];
  return [];
}

/** What the restarts of peers interrupt. */
export function peerOutages(organizations: readonly { name: string; peers: number }[]): string[] {
  return organizations
    .filter(({ peers }) => peers === 1)
    .map(({ name }) => `${name} has one peer: it endorses nothing while that one restarts`);
}

/** A network as a graph: its nodes, and the connections that NetworkPolicies and Services allow. Nothing here knows a ledger. */
import { roleLabel } from "../../model/contracts/labels";
import type { Manifest } from "../engine/kubernetes/manifest";
import { type Edge, type Link, type LinkPort, mergeEdges } from "./links";
import { type PodConnection, type Reachability, reachability, type Workload } from "./reachability";
import { purposeElsewhere, purposeFor, roleTitle } from "./traffic";
import { uniformGroups } from "./uniformGroups";

/** A network, for pictures. */
export interface NetworkGraph {
  name: string;
  /** Empty for one without. */
  domain: string;
  /** A subtitle: version, namespace, environment. */
  facts: string[];
  channels: ChannelTag[];
  boxes: Box[];
  links: Link[];
  /** Facts that no line shows. */
  notes: string[];
}

/** A channel with its members and chaincodes. */
export interface ChannelTag {
  name: string;
  organizations: string[];
  chaincodes: string[];
}

/** The kind of a box, which determines its position. */
export type BoxKind = "outside" | "gateway" | "organization" | "chain" | "ordering" | "platform" | "cluster";

/** Groups that belong together, such as an organization's. */
export interface Box {
  kind: BoxKind;
  title: string;
  subtitle: string;
  /** Channels of an organization, as positions in {@link NetworkGraph.channels}. */
  channels: number[];
  groups: Group[];
}

/** Pods with the same role that reach the same other pods. */
export interface Group {
  id: string;
  role: string;
  title: string;
  /** A property that its members share, such as the state database. */
  detail: string;
  members: Member[];
  /** Lines of text, such as the names of a gateway. */
  lines: string[];
}

/** One workload. */
export interface Member {
  name: string;
  /** Its full name. */
  title: string;
  /** Position of its channel, for a chaincode. */
  channel?: number;
}

/** What of a picture is particular to a ledger. */
export interface DrawnNetwork extends Pick<NetworkGraph, "name" | "domain" | "facts" | "channels"> {
  namespace: string;
  /** Titles of the boxes of its other namespaces. */
  furtherNamespaces: Record<string, string>;
  /** The port of its gateway outside the cluster, if it has one. */
  gatewayPort: number | undefined;
  /** Its own boxes from top to bottom. */
  boxes: Omit<Box, "groups">[];
  /** The box of a workload in its namespace; undefined for one that it does not know. */
  boxOf(workload: Workload, role: string): Pick<Box, "kind" | "title"> | undefined;
  member(workload: Workload): Member;
  /** What its members share, and lines of text. */
  describe(role: string, workloads: readonly Workload[]): Pick<Group, "detail" | "lines">;
}

/** The position at which a workload is drawn. */
interface Place {
  kind: BoxKind;
  title: string;
  role: string;
}

/**
 * Derives the graph of a network.
 *
 * @param manifests - the rendered objects of the network's stack and of its platform's
 * @throws {@link UserError} for NetworkPolicies that cannot be shown
 */
export function networkGraph(network: DrawnNetwork, manifests: readonly Manifest[]): NetworkGraph {
  const found = reachability(manifests);
  const places = found.workloads.map((workload) => placeOf(workload, network));
  const classes = classesOf(found, places);
  const boxes = boxesOf(network, found, places, classes);
  const links = mergeEdges(
    edgesOf(found, places, classes),
    boxes.flatMap(({ groups }) => groups.map(({ id, members }) => ({ id, size: members.length }))),
  );
  const { name, domain, facts, channels } = network;
  return { name, domain, facts, channels, boxes, links, notes: notesOf(found) };
}

const outsideId = "outside";
const clusterId = "kubernetes-api";
const dns = 53;

const gateway = { kind: "gateway", title: "gateway" } as const;

function placeOf(workload: Workload, network: DrawnNetwork): Place {
  const { labels, namespace } = workload;
  const role = labels[roleLabel] ?? "pods";
  const platform = { kind: "platform", title: namespace } as const;
  if (namespace !== network.namespace) return { ...platform, role };
  return { ...(role === "gateway" ? gateway : (network.boxOf(workload, role) ?? platform)), role };
}

/** The workloads of each group, by position, in the order of the picture. */
function classesOf({ workloads, connections, entries, exits }: Reachability, places: readonly Place[]): number[][] {
  const byPlace = new Map<string, number[]>();
  for (const [i, { kind, title, role }] of places.entries()) {
    const key = [kind, title, role].join("\0");
    byPlace.set(key, [...(byPlace.get(key) ?? []), i]);
  }
  const positions = new Map(workloads.map((workload, i) => [workload, i]));
  const pairs = new Map<string, Set<string>>();
  const add = (kind: string, from: number, to: number): void => {
    pairs.set(kind, (pairs.get(kind) ?? new Set()).add(`${from}>${to}`));
  };
  for (const { from, to, port } of connections) {
    add(`${port.port}/${port.protocol}`, positions.get(from)!, positions.get(to)!);
  }
  // Two more nodes beside the workloads: outside, and any address.
  for (const { port, to } of entries) add(`outside ${port}`, workloads.length, positions.get(to)!);
  for (const { from, port } of exits) add(`any ${port}`, positions.get(from)!, workloads.length + 1);
  const groups = [...byPlace.values(), [workloads.length], [workloads.length + 1]];
  const adjacencies = [...pairs.values()].map((set) => (from: number, to: number) => set.has(`${from}>${to}`));
  return uniformGroups(groups, adjacencies).filter(([first]) => first! < workloads.length);
}

function groupId(group: readonly number[], workloads: readonly Workload[]): string {
  const { namespace, name } = workloads[group[0]!]!;
  return `${namespace}/${name}`;
}

function boxesOf(
  network: DrawnNetwork,
  { workloads, entries, exits }: Reachability,
  places: readonly Place[],
  classes: readonly number[][],
): Box[] {
  const groupsAt = (kind: BoxKind, title: string): Group[] =>
    classes
      .filter(([first]) => places[first!]!.kind === kind && places[first!]!.title === title)
      .map((group) =>
        describeGroup(
          network,
          groupId(group, workloads),
          places[group[0]!]!.role,
          group.map((i) => workloads[i]!),
        ),
      )
      .sort((a, b) => rank(a.role) - rank(b.role));
  const own = network.boxes.map((box): Box => ({ ...box, groups: groupsAt(box.kind, box.title) }));
  const platforms = [...new Set(places.filter(({ kind }) => kind === "platform").map(({ title }) => title))].map(
    (title): Box => ({
      kind: "platform",
      title: title === network.namespace ? "others" : (network.furtherNamespaces[title] ?? "platform"),
      subtitle: title,
      channels: [],
      groups: groupsAt("platform", title),
    }),
  );
  return [
    ...(entries.length > 0 ? [single("outside", outsideId, "outside", "clients, partners")] : []),
    ...gatewayBox(network, groupsAt(gateway.kind, gateway.title)),
    ...own,
    ...platforms,
    ...elsewhere(exits.filter(isShown)),
  ];
}

function elsewhere(exits: Reachability["exits"]): Box[] {
  if (exits.length === 0) return [];
  // Only API servers say what they want of the rest of the world; other pods ask the Kubernetes API.
  const ofApi = exits.filter(({ from, port }) => purposeElsewhere(from.labels[roleLabel] ?? "", port) !== "");
  const titles = [...(ofApi.length < exits.length ? ["Kubernetes API"] : []), ...(ofApi.length > 0 ? ["others"] : [])];
  return [single("cluster", clusterId, titles.join(", "), "any address")];
}

function single(kind: BoxKind, id: string, title: string, detail: string): Box {
  const group = { id, role: kind, title: detail, detail: "", members: [], lines: [] };
  return { kind, title, subtitle: "", channels: [], groups: [group] };
}

function gatewayBox({ gatewayPort }: DrawnNetwork, groups: Group[]): Box[] {
  if (groups.length === 0) return [];
  const subtitle = gatewayPort === undefined ? "" : `port ${gatewayPort}`;
  return [{ ...gateway, subtitle, channels: [], groups }];
}

// From top to bottom of a box. What is not here stands below chaincode.
const order = [
  ...["gateway", "json-rpc", "peer", "orderer", "rpc-node", "bootnode", "validator"],
  ...["chaincode", "client", "certificate-authority"],
];

function rank(role: string): number {
  const place = order.indexOf(role);
  return place < 0 ? order.indexOf("chaincode") + 0.5 : place;
}

function describeGroup(network: DrawnNetwork, id: string, role: string, workloads: readonly Workload[]): Group {
  const members = workloads.map((workload) => network.member(workload));
  // An unknown kind of workload has its name as title, or its role if there are several.
  const title = roleTitle(role, members.length) ?? (members.length === 1 ? members[0]!.name : role);
  return { id, role, title, members, ...network.describe(role, workloads) };
}

function edgesOf(found: Reachability, places: readonly Place[], classes: readonly number[][]): Edge[] {
  const { workloads, connections, entries, exits } = found;
  const ids = new Map(
    classes.flatMap((group) => group.map((i) => [workloads[i]!, groupId(group, workloads)] as const)),
  );
  const roles = new Map(workloads.map((workload, i) => [workload, places[i]!.role]));
  const edges = new Map<string, Edge>();
  const add = (from: string, to: string, toRole: string, port: LinkPort): void => {
    const key = `${from}\0${to}`;
    const edge = edges.get(key) ?? { from, to, toRole, ports: [] };
    if (!edge.ports.some((known) => known.port === port.port)) edge.ports.push(port);
    edges.set(key, edge);
  };
  for (const { port, to } of entries) {
    const purpose = purposeFor(outsideId, roles.get(to)!, { port, protocol: "TCP" });
    add(outsideId, ids.get(to)!, roles.get(to)!, { port: String(port), ...purpose });
  }
  for (const connection of connections) {
    const { from, to } = connection;
    add(ids.get(from)!, ids.get(to)!, roles.get(to)!, portOf(connection, roles));
  }
  for (const { from, port } of exits.filter(isShown)) {
    const purpose = purposeElsewhere(roles.get(from)!, port);
    const label = { port: String(port ?? "any port"), purpose, traffic: "other" } as const;
    add(ids.get(from)!, clusterId, clusterId, label);
  }
  return [...edges.values()];
}

function portOf({ from, to, port }: PodConnection, roles: ReadonlyMap<Workload, string>): LinkPort {
  const suffix = port.protocol === "TCP" ? "" : `/${port.protocol}`;
  return { port: `${port.port}${suffix}`, ...purposeFor(roles.get(from)!, roles.get(to)!, port) };
}

/** Leaves out DNS queries, which all pods may send; see {@link notesOf}. */
function isShown({ port }: { port?: number }): boolean {
  return port !== dns;
}

function notesOf({ workloads, exits, unlimited }: Reachability): string[] {
  const asking = new Set(exits.filter(({ port }) => port === dns).map(({ from }) => from));
  const names = (some: readonly Workload[]): string => some.map(({ name }) => name).join(", ");
  return [
    "An arrow is a connection that NetworkPolicies allow: egress of one side and ingress of the other.",
    asking.size === workloads.length
      ? "Every pod may also query DNS (53)."
      : `These may query DNS (53): ${names([...asking])}.`,
    unlimited.length === 0
      ? "Nothing else is allowed."
      : `Without NetworkPolicies in both directions: ${names(unlimited)}.`,
  ];
}

/** A network as a graph: the nodes of its NetworkPlan, and the connections that NetworkPolicies and Services allow. */
import { organizationLabel, roleLabel } from "../../model/contracts/labels";
import { allOrganizations, apiHosts, type NetworkPlan } from "../../model/network/networkPlan";
import type { Manifest } from "../engine/kubernetes/manifest";
import { type Edge, type Link, type LinkPort, mergeEdges } from "./links";
import { type PodConnection, type Reachability, reachability, type Workload } from "./reachability";
import { purposeElsewhere, purposeFor, roleTitle } from "./traffic";
import { uniformGroups } from "./uniformGroups";

/** A network, for pictures. */
export interface NetworkGraph {
  name: string;
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
export type BoxKind = "outside" | "gateway" | "organization" | "ordering" | "platform" | "cluster";

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
export function networkGraph(plan: NetworkPlan, manifests: readonly Manifest[]): NetworkGraph {
  const found = reachability(manifests);
  const places = found.workloads.map((workload) => placeOf(workload, plan));
  const classes = classesOf(found, places);
  const boxes = boxesOf(plan, found, places, classes);
  const links = mergeEdges(
    edgesOf(found, places, classes),
    boxes.flatMap(({ groups }) => groups.map(({ id, members }) => ({ id, size: members.length }))),
  );
  return {
    name: plan.name,
    domain: plan.domain,
    facts: [`Fabric ${plan.fabricVersion}`, `namespace ${plan.namespace}`, `environment ${plan.environment}`],
    channels: plan.channels.map((channel) => ({
      name: channel.name,
      organizations: channel.organizations.map(({ name }) => name),
      chaincodes: plan.chaincodes
        .filter((chaincode) => chaincode.channel === channel.name)
        .map(({ name, version }) => `${name} ${version}`),
    })),
    boxes,
    links,
    notes: notesOf(found),
  };
}

const outsideId = "outside";
const clusterId = "kubernetes-api";
const dns = 53;

function placeOf({ labels, namespace }: Workload, plan: NetworkPlan): Place {
  const role = labels[roleLabel] ?? "pods";
  if (namespace !== plan.namespace) return { kind: "platform", title: namespace, role };
  if (role === "gateway") return { kind: "gateway", title: "gateway", role };
  const organization = labels[organizationLabel];
  if (organization === plan.ordering.organization.name) return { kind: "ordering", title: organization, role };
  if (organization !== undefined) return { kind: "organization", title: organization, role };
  return { kind: "platform", title: namespace, role };
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
  plan: NetworkPlan,
  { workloads, entries, exits }: Reachability,
  places: readonly Place[],
  classes: readonly number[][],
): Box[] {
  const groupsAt = (kind: BoxKind, title: string): Group[] =>
    classes
      .filter(([first]) => places[first!]!.kind === kind && places[first!]!.title === title)
      .map((group) =>
        describeGroup(
          plan,
          groupId(group, workloads),
          places[group[0]!]!.role,
          group.map((i) => workloads[i]!),
        ),
      )
      .sort((a, b) => rank(a.role) - rank(b.role));
  const organizations = allOrganizations(plan).map((organization): Box => {
    const kind = organization === plan.ordering.organization ? "ordering" : "organization";
    return {
      kind,
      title: organization.name,
      subtitle: organization.mspId,
      channels: plan.channels.flatMap((channel, i) => (channel.organizations.includes(organization) ? [i] : [])),
      groups: groupsAt(kind, organization.name),
    };
  });
  const platforms = [...new Set(places.filter(({ kind }) => kind === "platform").map(({ title }) => title))].map(
    (title): Box => ({
      kind: "platform",
      title: title === plan.namespace ? "others" : title === plan.studio?.namespace ? "sessions" : "platform",
      subtitle: title,
      channels: [],
      groups: groupsAt("platform", title),
    }),
  );
  return [
    ...(entries.length > 0 ? [single("outside", outsideId, "outside", "clients, partners")] : []),
    ...gatewayBox(plan, groupsAt("gateway", "gateway")),
    ...organizations,
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

function gatewayBox(plan: NetworkPlan, groups: Group[]): Box[] {
  if (groups.length === 0) return [];
  const port = plan.gateway === undefined ? "" : `port ${plan.gateway.port}`;
  return [{ kind: "gateway", title: "gateway", subtitle: port, channels: [], groups }];
}

// From top to bottom of a box.
const order = ["peer", "orderer", "chaincode", "client", "certificate-authority"];

function rank(role: string): number {
  const place = order.indexOf(role);
  return place < 0 ? 2.5 : place;
}

function describeGroup(plan: NetworkPlan, id: string, role: string, workloads: readonly Workload[]): Group {
  const members = workloads.map((workload) => member(plan, workload));
  const organization = allOrganizations(plan).find((candidate) =>
    candidate.peers.some(({ name }) => name === workloads[0]!.name),
  );
  const database = { couchdb: "CouchDB", leveldb: "LevelDB" };
  const lines = role === "gateway" ? gatewayNames(plan) : [];
  const detail =
    lines.length > 0 ? `under ${plan.domain}` : organization === undefined ? "" : database[organization.stateDatabase];
  // An unknown kind of workload has its name as title, or its role if there are several.
  const title = roleTitle(role, members.length) ?? (members.length === 1 ? members[0]!.name : role);
  return { id, role, title, detail, members, lines };
}

function member(plan: NetworkPlan, { name }: Workload): Member {
  const organizations = allOrganizations(plan);
  const node = organizations
    .flatMap(({ peers, orderers, certificateAuthority }) => [...peers, ...orderers, certificateAuthority])
    .find((candidate) => candidate.name === name);
  if (node !== undefined) return { name: node.id, title: node.fqdn };
  for (const chaincode of plan.chaincodes) {
    const isServer = chaincode.servers.some((server) => server.name === name);
    if (!isServer && chaincode.smokeTest?.name !== name) continue;
    const channel = plan.channels.findIndex((candidate) => candidate.name === chaincode.channel);
    return { name: `${chaincode.name} ${chaincode.version}`, title: name, channel };
  }
  return { name, title: name };
}

/** Names of the gateway without the network's domain; names of nodes with the same ending share a line. */
function gatewayNames({ gateway, api, domain }: NetworkPlan): string[] {
  if (gateway === undefined) return [];
  const within = gateway.routes.flatMap(({ names }) => names.filter((name) => name.endsWith(`.${domain}`)));
  const names = [...apiHosts(gateway.apiHost, api), ...within].map((name) => name.slice(0, -domain.length - 1));
  const numbered = new Map<string, string[]>();
  for (const name of names) {
    const key = name.replace(/^([a-z]+)[0-9]+(?=\.|$)/, "$1#");
    numbered.set(key, [...(numbered.get(key) ?? []), name]);
  }
  return [...numbered.values()].map((alike) =>
    alike.length < 3 ? alike.join(", ") : `${alike[0]!.split(".")[0]} … ${alike[alike.length - 1]}`,
  );
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

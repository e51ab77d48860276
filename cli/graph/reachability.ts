/** Finds allowed connections between pods in rendered Kubernetes objects: egress of one and ingress of the other must allow it. */
import { UserError } from "../../model/userError";
import { type Manifest, manifestName } from "../engine/kubernetes/manifest";

/** Pods of one StatefulSet, Deployment or Job. */
export interface Workload {
  name: string;
  namespace: string;
  /** Labels of its pods. */
  labels: Record<string, string>;
  /** Ports that it listens on: those of its containers, and target ports of Services. */
  ports: ContainerPort[];
}

/** A port that pods listen on. */
export interface ContainerPort {
  port: number;
  protocol: string;
  name?: string;
}

/** Pods that can open connections to a port of others. */
export interface PodConnection {
  from: Workload;
  to: Workload;
  port: ContainerPort;
}

/** A port outside the cluster that leads to pods. */
export interface Entry {
  /** Port that clients outside see. */
  port: number;
  to: Workload;
}

/** Pods that can open connections to any address on these ports. */
export interface Exit {
  from: Workload;
  /** Absent: on any port. */
  port?: number;
  protocol: string;
}

/** All connections that rendered objects allow. */
export interface Reachability {
  workloads: Workload[];
  connections: PodConnection[];
  entries: Entry[];
  exits: Exit[];
  /** Workloads without NetworkPolicies for both directions. */
  unlimited: Workload[];
}

/**
 * Finds the connections that objects allow.
 *
 * @param manifests - of every namespace that matters: the network's and the platform's
 * @throws {@link UserError} for a NetworkPolicy with addresses, as the pods behind an address are unknown
 */
export function reachability(manifests: readonly Manifest[]): Reachability {
  const cluster = readCluster(manifests);
  const { workloads } = cluster;
  const connections = workloads.flatMap((from) =>
    workloads.flatMap((to) =>
      to.ports
        .filter((port) => from !== to && allows(cluster, "egress", from, to, port))
        .filter((port) => allows(cluster, "ingress", to, from, port))
        .map((port) => ({ from, to, port })),
    ),
  );
  return {
    workloads,
    connections,
    entries: entriesOf(cluster, manifests),
    exits: workloads.flatMap((from) => exitsOf(cluster, from)),
    unlimited: workloads.filter((workload) =>
      directions.some((way) => policiesOf(cluster, way, workload).length === 0),
    ),
  };
}

type Direction = "ingress" | "egress";
const directions: Direction[] = ["ingress", "egress"];

interface Cluster {
  workloads: Workload[];
  services: Manifest[];
  policies: { namespace: string; spec: any }[];
  /** Labels of the namespaces. */
  namespaces: Map<string, Record<string, string>>;
}

function readCluster(manifests: readonly Manifest[]): Cluster {
  const ofKind = (...kinds: string[]): Manifest[] => manifests.filter(({ kind }) => kinds.includes(kind));
  const services = ofKind("Service");
  const workloads = ofKind("StatefulSet", "Deployment", "DaemonSet", "Job").map((manifest) =>
    workload(manifest, services),
  );
  const namespaces = new Map(workloads.map(({ namespace }) => [namespace, withName(namespace, {})]));
  for (const { name, object } of ofKind("Namespace")) {
    namespaces.set(name, withName(name, (object.metadata as any)?.labels ?? {}));
  }
  const policies = ofKind("NetworkPolicy").map((manifest) => {
    const { spec } = manifest.object as any;
    refuseAddresses(manifest, spec);
    return { namespace: manifest.namespace ?? "", spec };
  });
  return { workloads, services, policies, namespaces };
}

// Kubernetes itself sets it on every namespace.
function withName(name: string, labels: Record<string, string>): Record<string, string> {
  return { ...labels, "kubernetes.io/metadata.name": name };
}

function refuseAddresses(manifest: Manifest, spec: any): void {
  const rules = [...(spec.ingress ?? []), ...(spec.egress ?? [])];
  const peers = rules.flatMap(({ from = [], to = [] }: any) => [...from, ...to]);
  if (!peers.some(({ ipBlock }: any) => ipBlock !== undefined)) return;
  throw new UserError(`${manifestName(manifest)} allows an ipBlock; the picture cannot show which pods that means`);
}

function workload({ name, namespace = "", object }: Manifest, services: readonly Manifest[]): Workload {
  const template = (object as any).spec.template;
  const labels: Record<string, string> = template.metadata?.labels ?? {};
  const ports = new Map<string, ContainerPort>();
  const add = (port: ContainerPort): void => {
    const key = `${port.port}/${port.protocol}`;
    if (!ports.has(key)) ports.set(key, port);
  };
  for (const { ports: declared = [] } of template.spec.containers) {
    for (const { containerPort, protocol = "TCP", name } of declared) add({ port: containerPort, protocol, name });
  }
  for (const service of services.filter((service) => leadsTo(service, { namespace, labels }))) {
    for (const { port, targetPort = port, protocol = "TCP", name } of (service.object as any).spec.ports ?? []) {
      if (typeof targetPort === "number") add({ port: targetPort, protocol, name });
    }
  }
  return { name, namespace, labels, ports: [...ports.values()].sort((a, b) => a.port - b.port) };
}

function leadsTo(service: Manifest, { namespace, labels }: Pick<Workload, "namespace" | "labels">): boolean {
  const { selector } = (service.object as any).spec;
  return service.namespace === namespace && selector !== undefined && matches({ matchLabels: selector }, labels);
}

/** Policies that limit a workload in one direction; without any, everything is allowed. */
function policiesOf({ policies }: Cluster, direction: Direction, { namespace, labels }: Workload): any[] {
  return policies
    .filter((policy) => policy.namespace === namespace && matches(policy.spec.podSelector ?? {}, labels))
    .map(({ spec }) => spec)
    .filter((spec) => limits(spec, direction));
}

function limits({ policyTypes, egress }: any, direction: Direction): boolean {
  const types: string[] = policyTypes ?? ["Ingress", ...(egress === undefined ? [] : ["Egress"])];
  return types.some((type) => type.toLowerCase() === direction);
}

/** Whether a workload's policies allow one direction of a connection to a port, at the workload or at the other one. */
function allows(cluster: Cluster, direction: Direction, own: Workload, other: Workload, port: ContainerPort): boolean {
  const policies = policiesOf(cluster, direction, own);
  if (policies.length === 0) return true;
  return policies
    .flatMap((spec) => spec[direction] ?? [])
    .some((rule) => allowsPeer(cluster, peersOf(rule, direction), own, other) && allowsPort(rule, port));
}

function peersOf(rule: any, direction: Direction): any[] {
  return (direction === "ingress" ? rule.from : rule.to) ?? [];
}

function allowsPeer({ namespaces }: Cluster, peers: readonly any[], own: Workload, other: Workload): boolean {
  if (peers.length === 0) return true;
  return peers.some(({ podSelector, namespaceSelector }) => {
    const sees =
      namespaceSelector === undefined
        ? own.namespace === other.namespace
        : matches(namespaceSelector, namespaces.get(other.namespace) ?? {});
    return sees && (podSelector === undefined || matches(podSelector, other.labels));
  });
}

function allowsPort({ ports = [] }: any, { port, protocol, name }: ContainerPort): boolean {
  if (ports.length === 0) return true;
  return ports.some((allowed: any) => {
    if ((allowed.protocol ?? "TCP") !== protocol) return false;
    if (allowed.port === undefined) return true;
    if (typeof allowed.port === "string") return allowed.port === name;
    return allowed.port <= port && port <= (allowed.endPort ?? allowed.port);
  });
}

/** Whether labels match a label selector. */
function matches({ matchLabels = {}, matchExpressions = [] }: any, labels: Record<string, string>): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }: any) => {
      if (operator === "Exists") return key in labels;
      if (operator === "DoesNotExist") return !(key in labels);
      const isIn = key in labels && values.includes(labels[key]);
      return operator === "In" ? isIn : !isIn;
    })
  );
}

/** Ports outside the cluster: of nodes, of load balancers, and of Gateways whose routes lead to a Service. */
function entriesOf(cluster: Cluster, manifests: readonly Manifest[]): Entry[] {
  return cluster.services.flatMap((service) => {
    const { type, ports = [] } = (service.object as any).spec;
    return ports.flatMap(({ port, targetPort = port, nodePort, protocol = "TCP" }: any) => {
      const outside =
        type === "NodePort" ? [nodePort] : type === "LoadBalancer" ? [port] : routePorts(manifests, service, port);
      return cluster.workloads
        .filter((to) => leadsTo(service, to) && opensToAll(cluster, to, { port: targetPort, protocol }))
        .flatMap((to) =>
          outside.filter((number) => typeof number === "number").map((number) => ({ port: number, to })),
        );
    });
  });
}

/** Ports of the Gateways (gateway.networking.k8s.io) whose routes lead to a port of a Service. */
function routePorts(manifests: readonly Manifest[], service: Manifest, port: number): number[] {
  return manifests
    .filter(({ kind, namespace }) => kind.endsWith("Route") && namespace === service.namespace)
    .map(({ object }) => object.spec as any)
    .filter(({ rules = [] }) =>
      rules.some(({ backendRefs = [] }: any) =>
        backendRefs.some((backend: any) => backend.name === service.name && backend.port === port),
      ),
    )
    .flatMap(({ parentRefs = [] }) => parentRefs.map((parent: any) => parent.port));
}

/** Whether connections from outside the cluster are let in. */
function opensToAll(cluster: Cluster, to: Workload, port: ContainerPort): boolean {
  const policies = policiesOf(cluster, "ingress", to);
  if (policies.length === 0) return true;
  return policies
    .flatMap(({ ingress = [] }) => ingress)
    .some((rule) => peersOf(rule, "ingress").length === 0 && allowsPort(rule, port));
}

/** Ports on which a workload may connect to any address. */
function exitsOf(cluster: Cluster, from: Workload): Exit[] {
  const policies = policiesOf(cluster, "egress", from);
  if (policies.length === 0) return [{ from, protocol: "TCP" }];
  const found = new Map<string, Exit>();
  for (const rule of policies.flatMap(({ egress = [] }) => egress)) {
    if (peersOf(rule, "egress").length > 0) continue;
    for (const { port, protocol = "TCP" } of rule.ports ?? [{}]) {
      found.set(`${port}/${protocol}`, { from, protocol, ...(port !== undefined && { port }) });
    }
  }
  return [...found.values()].sort((a, b) => (a.port ?? 0) - (b.port ?? 0));
}

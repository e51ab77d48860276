/** What each stack claims in its environment and its cluster: names and a port that no other stack may have. */
import { jsonRpcHostName } from "../contracts/jsonRpc";
import { topicMetricName } from "../contracts/kafka";
import { apiHostName, certificateApiHostName, organizationDomain } from "../contracts/names";
import { studioHostName, studioNamespace } from "../contracts/studio";
import { describedBy, type StackConfiguration } from "../files/stackConfiguration";
import { inQuotes } from "../messageText";
import type { Finding } from "../stackFile/findings";
import { portOfNodes } from "../stackFile/gatewayPort";
import { type ExposureConfig, networkSchema, platformSchema } from "../stackFile/schema";

/** Names and port that a stack claims. */
export interface Claims {
  stack: string;
  /** Its file, relative to the project. */
  file: string;
  kind: "network" | "ethereum" | "platform";
  environment: string;
  /** Context of the environment, which identifies the cluster. */
  context?: string;
  namespace: string;
  /** Namespace of the sessions of its studios. */
  studioNamespace?: string;
  domain?: string;
  /** Names within the network's domain: of the API, of the orderers, and the domains of organizations; of Ethereum that of JSON-RPC. */
  namesWithin?: string[];
  /** Port of its gateway. */
  port?: number;
  /** Name by which the gateway of a platform is reached. */
  host?: string;
  exposure?: ExposureConfig["type"];
  /** Chain ID of an Ethereum network, which no other stack of the project may have. */
  chainId?: number;
  /** Topics on the environment's shared Kafka, by their paths in the file. Each channel has one, of the same name. */
  topics?: Record<string, string>;
  /** Whether its orderers log in at that Kafka with a Secret, as they do at one of the user's. */
  logsIn?: true;
}

/**
 * Returns what a stack claims by its configuration, which may contain mistakes.
 *
 * @param file - its file, relative to the project
 * @param environmentOf - gives the content of an environment's file, which may contain mistakes, too
 */
export function claimsOf(
  configuration: StackConfiguration,
  file: string,
  environmentOf: (name: string) => unknown,
): Claims | undefined {
  const { stack, network, ethereum } = configuration;
  const values = record(describedBy(configuration));
  if (values === undefined || typeof values.environment !== "string") return undefined;
  const { context, gateway } = record(environmentOf(values.environment)) ?? {};
  const kind = network !== undefined ? "network" : ethereum !== undefined ? "ethereum" : "platform";
  const fallback = kind === "platform" ? platformNamespace : stack;
  const { port, host } = record(values.gateway) ?? {};
  return {
    stack,
    file,
    kind,
    environment: values.environment,
    ...(typeof context === "string" && { context }),
    namespace: typeof values.namespace === "string" ? values.namespace : fallback,
    ...(studiosIn(values).length > 0 && {
      studioNamespace: studioNamespace(typeof values.namespace === "string" ? values.namespace : fallback),
    }),
    ...(typeof values.domain === "string" && {
      domain: values.domain,
      namesWithin: kind === "ethereum" ? [jsonRpcHostName(values.domain)] : namesWithin(values, values.domain),
    }),
    ...(typeof port === "number" && { port, exposure: exposureOf(gateway) }),
    ...(kind === "platform" && typeof host === "string" && { host }),
    ...(kind === "ethereum" && typeof values.chainId === "number" && { chainId: values.chainId }),
    ...(record(values.ordering)?.type === "kafka" && { topics: topicsOf(values) }),
    ...(record(values.ordering)?.kafkaSecret !== undefined && { logsIn: true as const }),
  };
}

/** Namespace of a platform that names none. */
const platformNamespace = platformSchema.shape.namespace.parse(undefined);

/** What the organizations have as `studio`. */
function studiosIn({ organizations }: Record<string, unknown>): Record<string, unknown>[] {
  const all: unknown[] = Array.isArray(organizations) ? organizations : [];
  return all.flatMap((each) => {
    const studio = record(record(each)?.studio);
    return studio === undefined ? [] : [studio];
  });
}

function sessionNames(values: Record<string, unknown>): string[] {
  const sessions = studiosIn(values).flatMap(({ sessions }) => (Array.isArray(sessions) ? sessions : []) as unknown[]);
  return sessions.flatMap((each) => {
    const name = record(each)?.name;
    return typeof name === "string" ? [name] : [];
  });
}

function namesWithin(values: Record<string, unknown>, domain: string): string[] {
  const { organizations, ordering } = values;
  const usual = networkSchema.shape.ordering.parse(undefined).organization;
  const ofOrderers = record(record(ordering)?.organization)?.name ?? usual.name;
  const names = (Array.isArray(organizations) ? organizations : []).map((each) => record(each)?.name);
  return [
    apiHostName(domain),
    certificateApiHostName(domain),
    ...sessionNames(values).map((name) => studioHostName(name, domain)),
    // As many as a network may come to have.
    ...Array.from({ length: 15 }, (_, i) => `orderer${i}.${domain}`),
    ...[...names, ofOrderers].flatMap((name) => (typeof name === "string" ? [organizationDomain(name, domain)] : [])),
  ];
}

function topicsOf({ ordering, channels }: Record<string, unknown>): Record<string, string> {
  const names = [
    ["ordering.systemChannel", record(ordering)?.systemChannel],
    ...(Array.isArray(channels) ? channels : []).map((channel, i) => [`channels[${i}].name`, record(channel)?.name]),
  ];
  return Object.fromEntries(names.filter(([, name]) => typeof name === "string"));
}

function exposureOf(gateway: unknown): ExposureConfig["type"] {
  const type = record(gateway)?.type;
  return type === "LoadBalancer" || type === "TLSRoute" ? type : "NodePort";
}

/**
 * Finds the names and the port that another stack has claimed already.
 *
 * @param root - path of the own network or platform in its file
 * @param free - the next free port, for the message
 */
export function clashes(root: string, own: Claims, others: readonly Claims[], free?: number): Finding[] {
  return [...clashesWithAny(root, own, others), ...others.flatMap((other) => clashesWith(root, own, other, free))];
}

function isInSameCluster(own: Claims, other: Claims): boolean {
  return own.environment === other.environment || (own.context !== undefined && own.context === other.context);
}

/** The namespace that a platform will take, which has no file yet. */
function clashesWithAny(root: string, own: Claims, others: readonly Claims[]): Finding[] {
  const isTaken = others.some(
    (other) => other.kind === "platform" && other.namespace === own.namespace && isInSameCluster(own, other),
  );
  if (own.kind === "platform" || own.namespace !== platformNamespace || isTaken) return [];
  const message = `"${own.namespace}" is the namespace of every platform that names none: choose another one`;
  return [{ path: `${root}.namespace`, message }];
}

function clashesWith(root: string, own: Claims, other: Claims, free?: number): Finding[] {
  const sameEnvironment = own.environment === other.environment;
  const sameCluster = isInSameCluster(own, other);
  const where = sameEnvironment ? `environment "${own.environment}"` : `cluster "${own.context}"`;
  const shared = (key: string, value: string, what: string, remedy = ""): Finding => ({
    path: `${root}.${key}`,
    message: `${value} is the ${what} of ${other.file} too: two stacks of ${where} cannot share it${remedy}`,
  });
  const found: Finding[] = [];
  if (sameCluster && own.kind === "platform" && other.kind === "platform") {
    const message =
      `${other.file} is the platform of ${where} already, with its kinds of custom resources, its controller and ` +
      "their rights, which a cluster has once: use another cluster, or one environment for both";
    found.push({ path: `${root}.environment`, message });
  }
  if (sameCluster && own.namespace === other.namespace)
    found.push(shared("namespace", `"${own.namespace}"`, "namespace"));
  if (sameCluster) found.push(...studioInNamespace(root, own, other));
  if (sameCluster && own.domain !== undefined && own.domain === other.domain) {
    found.push(shared("domain", inQuotes(own.domain, 153), "domain"));
  } else if (sameCluster && (isWithin(own, other) || isWithin(other, own))) {
    const message =
      `${inQuotes(own.domain!, 153)} and ${inQuotes(other.domain!, 153)} of ${other.file} cannot be in one cluster: one is in the other a name of ` +
      "an organization, an orderer or the API, so nothing tells the names of both apart: choose another domain";
    found.push({ path: `${root}.domain`, message });
  }
  if (sameCluster && own.port !== undefined && own.port === other.port && !isRouted(own, other)) {
    const remedy = free === undefined ? "" : `; the next free one is ${free}`;
    found.push(shared("gateway.port", String(own.port), "gateway's port", remedy));
  }
  found.push(...sameChain(root, own, other));
  return sameEnvironment ? [...found, ...sharedTopics(root, own, other)] : found;
}

/** A namespace that one of two stacks has for the sessions of its studios, and the other for itself. */
function studioInNamespace(root: string, own: Claims, other: Claims): Finding[] {
  const pairs = [
    {
      name: own.studioNamespace,
      taken: other.namespace,
      its: "sessions here",
      their: `the namespace of ${other.file}`,
    },
    { name: own.namespace, taken: other.studioNamespace, its: "it", their: `that of the sessions of ${other.file}` },
  ];
  return pairs.flatMap(({ name, taken, its, their }) => {
    if (name === undefined || name !== taken) return [];
    const message = `"${name}", which is for ${its}, is ${their}, too: choose another namespace`;
    return [{ path: `${root}.namespace`, message }];
  });
}

/** The same chain ID, in whatever cluster: what is signed for one chain could be sent to the other. */
function sameChain(root: string, own: Claims, other: Claims): Finding[] {
  if (own.chainId === undefined || own.chainId !== other.chainId) return [];
  const message = `${own.chainId} is the chain ID of ${other.file} too: a transaction that is signed for one chain could be sent to the other. Choose another number`;
  return [{ path: `${root}.chainId`, message }];
}

/** The channels whose topics another network of the same Kafka has, or whose metrics would have the same names. */
function sharedTopics(root: string, { topics = {}, environment }: Claims, other: Claims): Finding[] {
  const there = Object.values(other.topics ?? {});
  return Object.entries(topics).flatMap(([path, name]) => {
    const taken = there.find((each) => topicMetricName(each) === topicMetricName(name));
    if (taken === undefined) return [];
    const message =
      taken === name
        ? `"${name}" is a channel of ${other.file} too: a channel is a topic, and networks of environment "${environment}" share ` +
          "one Kafka. Choose another name"
        : `"${name}" and "${taken}" of ${other.file} cannot be topics of one Kafka, whose metrics have "_" for ".": choose another name`;
    return [{ path: `${root}.${path}`, message }];
  });
}

/** With TLSRoute several networks may share a port: the cluster's Gateway routes by their domains. */
function isRouted(own: Claims, other: Claims): boolean {
  return own.exposure === "TLSRoute" && other.exposure === "TLSRoute";
}

/** Whether a network's domain is at or below a name of another, whose nodes' names a route or DNS record of `*.<domain>` takes. */
function isWithin({ domain }: Claims, { namesWithin = [] }: Claims): boolean {
  return domain !== undefined && namesWithin.some((name) => domain === name || domain.endsWith(`.${name}`));
}

/** Where to look for ports: an environment, and the context that identifies its cluster. */
export type Place = Pick<Claims, "environment" | "context">;

/**
 * The lowest of {@link freePorts}; undefined if there is none.
 *
 * @param claims - of all other stacks
 */
export function nextFreePort(place: Place, exposure: ExposureConfig, claims: readonly Claims[]): number | undefined {
  return freePorts(place, exposure, claims)[0];
}

/**
 * The free ports of an environment, in ascending order: those that no stack of the same cluster has.
 *
 * @param claims - of all other stacks
 */
export function freePorts(
  { environment, context }: Place,
  exposure: ExposureConfig,
  claims: readonly Claims[],
): number[] {
  const { from, to } = exposure.ports;
  const sharesPorts = exposure.type === "TLSRoute";
  const taken = new Set(
    claims
      .filter((claim) => claim.environment === environment || (context !== undefined && claim.context === context))
      .filter((claim) => !(sharesPorts && claim.exposure === "TLSRoute"))
      .map((claim) => claim.port),
  );
  return Array.from({ length: to - from + 1 }, (_, i) => from + i).filter(
    (port) => !taken.has(port) && portOfNodes(port) === undefined,
  );
}

function record(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
}

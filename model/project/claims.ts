/** What each stack claims in its environment and its cluster: names and a port that no other stack may have. */
import { organizationDomain } from "../contracts/names";
import type { StackConfiguration } from "../files/stackConfiguration";
import { portOfNodes } from "../network/gatewayChecks";
import type { Finding } from "../stackFile/findings";
import { type ExposureConfig, platformSchema } from "../stackFile/schema";

/** Names and port that a stack claims. */
export interface Claims {
  stack: string;
  /** Its file, relative to the project. */
  file: string;
  kind: "network" | "platform";
  environment: string;
  /** Context of the environment, which identifies the cluster. */
  context?: string;
  namespace: string;
  domain?: string;
  /** Domains of the organizations, within the network's. */
  organizationDomains?: string[];
  /** Port of the network's gateway. */
  port?: number;
  exposure?: ExposureConfig["type"];
  /** Topics on the environment's shared Kafka, by their paths in the file. Each channel has one, of the same name. */
  topics?: Record<string, string>;
}

/**
 * Returns what a stack claims by its configuration, which may contain mistakes.
 *
 * @param file - its file, relative to the project
 * @param environmentOf - gives the content of an environment's file, which may contain mistakes, too
 */
export function claimsOf(
  { stack, network, platform }: StackConfiguration,
  file: string,
  environmentOf: (name: string) => unknown,
): Claims | undefined {
  const values = record(network ?? platform);
  if (values === undefined || typeof values.environment !== "string") return undefined;
  const { context, gateway } = record(environmentOf(values.environment)) ?? {};
  const isNetwork = network !== undefined;
  const fallback = isNetwork ? stack : platformSchema.shape.namespace.parse(undefined);
  const port = record(values.gateway)?.port;
  return {
    stack,
    file,
    kind: isNetwork ? "network" : "platform",
    environment: values.environment,
    ...(typeof context === "string" && { context }),
    namespace: typeof values.namespace === "string" ? values.namespace : fallback,
    ...(typeof values.domain === "string" && {
      domain: values.domain,
      organizationDomains: organizationDomains(values.organizations, values.domain),
    }),
    ...(typeof port === "number" && { port, exposure: exposureOf(gateway) }),
    ...(record(values.ordering)?.type === "kafka" && { topics: topicsOf(values) }),
  };
}

function organizationDomains(organizations: unknown, domain: string): string[] {
  return (Array.isArray(organizations) ? organizations : [])
    .map((organization) => record(organization)?.name)
    .filter((name) => typeof name === "string")
    .map((name) => organizationDomain(name, domain));
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
  return others.flatMap((other) => {
    const sameEnvironment = own.environment === other.environment;
    const sameCluster = sameEnvironment || (own.context !== undefined && own.context === other.context);
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
    if (sameEnvironment && own.domain !== undefined && own.domain === other.domain) {
      found.push(shared("domain", `"${own.domain}"`, "domain"));
    }
    if (sameCluster && own.port !== undefined && own.port === other.port) {
      if (!isRouted(own, other) || own.domain === other.domain) {
        const remedy = free === undefined ? "" : `; the next free one is ${free}`;
        found.push(shared("gateway.port", String(own.port), "gateway's port", remedy));
      } else if (isWithin(own, other) || isWithin(other, own)) {
        const message =
          `"${own.domain}" and "${other.domain}" of ${other.file} cannot share port ${own.port}: one is the domain of an ` +
          "organization of the other, so the Gateway cannot tell their names apart: choose another domain or port";
        found.push({ path: `${root}.domain`, message });
      }
    }
    return found;
  });
}

/** With TLSRoute several networks may share a port: the cluster's Gateway routes by their domains. */
function isRouted(own: Claims, other: Claims): boolean {
  return own.exposure === "TLSRoute" && other.exposure === "TLSRoute";
}

/** Whether a network's domain is that of an organization of another: its route of `*.<domain>` would take the nodes' names. */
function isWithin({ domain }: Claims, { organizationDomains = [] }: Claims): boolean {
  return domain !== undefined && organizationDomains.includes(domain);
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

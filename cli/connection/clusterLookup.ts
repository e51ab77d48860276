/** Reads public facts about a network from its cluster: root certificates and the gateway's address. */
import { X509Certificate } from "node:crypto";
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";

import { baas } from "../../model/baasCommand";
import { rootKeys } from "../../model/contracts/certificateAuthority";
import { rootsConfigMapName } from "../../model/contracts/names";
import { compareText } from "../../model/plainData";
import { UserError } from "../../model/userError";
import { ApiError } from "../engine/cluster/api";
import type { Connection } from "../engine/cluster/clusterConnection";
import type { KubernetesObject } from "../engine/cluster/kubernetesObject";
import { type NetworkWithGateway, type TlsRoots, trustedOrganizations } from "./connectionProfile";

/** Where a gateway is. */
export interface GatewayAddresses {
  /** IP addresses, at least one. */
  addresses: string[];
  /** Where they come from, in words. */
  source: string;
}

type Cluster = Pick<Connection, "api" | "discovery" | "context" | "local">;

/**
 * Reads the roots of the TLS certificates that clients outside must trust.
 *
 * @throws {@link UserError} when the network is not applied
 */
export async function readTlsRoots(cluster: Cluster, network: NetworkWithGateway): Promise<TlsRoots> {
  const { namespace } = network;
  const roots = trustedOrganizations(network).map(async ({ name, certificateAuthority }) => {
    const configMap = rootsConfigMapName(certificateAuthority.name);
    const found = await get(cluster, "v1", "ConfigMap", namespace, configMap);
    if (found === undefined) {
      throw notApplied(cluster, network, `ConfigMap ${namespace}/${configMap}, which the organization's CA publishes`);
    }
    return [name, certificateOf(found, rootKeys.tls)] as const;
  });
  return new Map(await Promise.all(roots));
}

/** The certificate under a key of a ConfigMap. It is parsed, so nothing else in the ConfigMap is written to a file. */
function certificateOf({ metadata, data }: KubernetesObject, key: string): string {
  try {
    return new X509Certificate(data?.[key] ?? "").toString();
  } catch {
    throw new UserError(`ConfigMap ${metadata.namespace}/${metadata.name} has no certificate under ${key}`);
  }
}

/**
 * Finds the addresses at which clients outside the cluster reach a network's gateway.
 *
 * @param given - a name or an address that takes precedence over the environment and the cluster
 * @throws {@link UserError} when the gateway is not applied, or has no address
 */
export async function findGateway(
  cluster: Cluster,
  network: NetworkWithGateway,
  given?: string,
): Promise<GatewayAddresses> {
  const { name, exposure } = network.gateway;
  const service = await get(cluster, "v1", "Service", network.namespace, name);
  if (service === undefined) throw notApplied(cluster, network, `Service ${network.namespace}/${name}`);
  if (given !== undefined) return { addresses: await resolved([given]), source: "--address" };
  if (exposure.address !== undefined) {
    return { addresses: await resolved([exposure.address]), source: `environment "${network.environment}"` };
  }
  switch (exposure.type) {
    case "NodePort": {
      // Some systems cannot reach the address of kind's node.
      if (cluster.local?.type === "kind") {
        return { addresses: [cluster.local.nodeAddress], source: "the ports of this machine that lead to kind's node" };
      }
      const { items } = await ask(cluster, "the nodes", () => cluster.api.list(cluster.discovery.get("v1", "Node")));
      return {
        addresses: requireAddresses(nodeAddresses(items), "no ready node has an address"),
        source: "the nodes",
      };
    }
    case "LoadBalancer": {
      const source = `the load balancer of Service ${network.namespace}/${name}`;
      return {
        addresses: await resolved(requireAddresses(loadBalancerAddresses(service), `${source} has none yet`)),
        source,
      };
    }
    case "TLSRoute": {
      const { name, namespace } = exposure.gateway!;
      const source = `Gateway ${namespace}/${name}`;
      const gateway = await get(cluster, "gateway.networking.k8s.io/v1", "Gateway", namespace, name);
      if (gateway === undefined) throw noAddress(`there is no ${source}`);
      const addresses = requireAddresses(listenerAddresses(gateway), `${source} has none yet`);
      return { addresses: await resolved(addresses), source };
    }
  }
}

/** Addresses of ready nodes: the external ones, or the internal ones if there are no external ones. */
export function nodeAddresses(nodes: readonly KubernetesObject[]): string[] {
  const ready = nodes
    .filter(({ status }) => status?.conditions?.some((each: any) => each.type === "Ready" && each.status === "True"))
    .sort((a, b) => compareText(a.metadata.name, b.metadata.name));
  const ofType = (type: string): string[] =>
    ready.flatMap(({ status }) =>
      (status?.addresses ?? []).flatMap((each: any) => (each.type === type ? [each.address] : [])),
    );
  const external = ofType("ExternalIP");
  return external.length > 0 ? external : ofType("InternalIP");
}

/** Addresses and names that a load balancer has given a Service. */
export function loadBalancerAddresses({ status }: KubernetesObject): string[] {
  return (status?.loadBalancer?.ingress ?? []).flatMap(({ ip, hostname }: any) => ip ?? hostname ?? []);
}

/** Addresses and names of a Gateway. */
export function listenerAddresses({ status }: KubernetesObject): string[] {
  return (status?.addresses ?? []).map(({ value }: any) => value);
}

/** IP addresses of names, IPv4 first and sorted, so that the order in which a name server answers does not matter. */
async function resolved(hosts: readonly string[]): Promise<string[]> {
  const found = hosts.map(async (host) => {
    if (isIP(host) !== 0) return [host];
    const answers = await lookup(host, { all: true }).catch((error: Error) => {
      throw noAddress(`"${host}" does not resolve to an address: ${error.message}`);
    });
    return answers
      .sort((a, b) => a.family - b.family || compareText(a.address, b.address))
      .map(({ address }) => address);
  });
  return [...new Set((await Promise.all(found)).flat())];
}

function requireAddresses(addresses: string[], otherwise: string): string[] {
  if (addresses.length === 0) throw noAddress(otherwise);
  return addresses;
}

function noAddress(why: string): UserError {
  return new UserError(`the gateway's address is unknown: ${why}\n  -> Give it: --address HOST`);
}

function notApplied({ context }: Cluster, { name }: NetworkWithGateway, missing: string): UserError {
  return new UserError(
    `network "${name}" is not up in the cluster of context "${context}": there is no ${missing}\n` +
      `  -> Nothing was written. Run: ${baas("apply", name, "--context", context)}`,
  );
}

function get(
  cluster: Cluster,
  apiVersion: string,
  kind: string,
  namespace: string,
  name: string,
): Promise<KubernetesObject | undefined> {
  return ask(cluster, `${kind} ${namespace}/${name}`, () =>
    cluster.api.get(cluster.discovery.get(apiVersion, kind), namespace, name),
  );
}

async function ask<T>({ context }: Cluster, what: string, question: () => Promise<T>): Promise<T> {
  try {
    return await question();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    throw new UserError(`the cluster of context "${context}" does not show ${what}: ${error.message}`);
  }
}

/** Settings of an organization's clients for the client library: blockchain_client.yaml. */
import { isIP, isIPv6 } from "node:net";

import { dump } from "js-yaml";

import { baas } from "../../model/baasCommand";
import type { ClientPlan, NodePlan, OrganizationPlan } from "../../model/network/networkPlan";
import { isReached, type NetworkWithGateway } from "./connectionProfile";

/** A client of an organization. */
export interface ConfiguredClient {
  organization: OrganizationPlan;
  client: ClientPlan;
}

/** Path in the folder of a client's settings; its identity is in the same folder. */
export const clientFile = ({ name }: Pick<ClientPlan, "name">): string => `clients/${name}/blockchain_client.yaml`;

/** Path in the folder of a client's settings for its organization's debug peer. */
export const debugClientFile = ({ name }: Pick<ClientPlan, "name">): string => `clients/${name}/debug_client.yaml`;

/** The clients that get settings for a debug peer: those that may open sessions. */
export function debuggingClients(network: NetworkWithGateway): ConfiguredClient[] {
  return network.organizations
    .filter((organization) => network.channels.some(({ organizations }) => organizations.includes(organization)))
    .flatMap((organization) => (organization.debugging?.developers ?? []).map((client) => ({ organization, client })));
}

/** The clients that get settings: they reach a peer of their organization, and it is on a channel. */
export function configuredClients(network: NetworkWithGateway): ConfiguredClient[] {
  return network.organizations
    .filter((organization) => organization.peers.some((peer) => isReached(network, peer)))
    .filter((organization) => network.channels.some(({ organizations }) => organizations.includes(organization)))
    .flatMap((organization) => organization.clients.map((client) => ({ organization, client })));
}

/** What {@link settings} are made from. */
interface Settings {
  network: NetworkWithGateway;
  configured: ConfiguredClient;
  /** IP addresses of the gateway. */
  addresses: readonly string[];
  /** Path of the root of the organization's TLS certificates, from the connection's folder. */
  rootFile: string;
  peers: readonly NodePlan[];
  /** Further settings, by the place where they are. */
  afterGateway?: object;
  atEnd?: object;
}

/**
 * The settings of a client. Peers are called by their names, and connected to at the gateway, so that their names need no DNS.
 *
 * @param addresses - IP addresses of the gateway
 * @param rootFile - path of the root of the organization's TLS certificates, from the connection's folder
 */
export function clientConfiguration(
  network: NetworkWithGateway,
  configured: ConfiguredClient,
  addresses: readonly string[],
  rootFile: string,
): string {
  const peers = configured.organization.peers.filter((peer) => isReached(network, peer));
  return settings({ network, configured, addresses, rootFile, peers, afterGateway: { discovery: true } });
}

/** The settings of a client for the debug peer alone, which may stand at a breakpoint for as long as somebody looks at it. */
export function debugClientConfiguration(
  network: NetworkWithGateway,
  configured: ConfiguredClient,
  addresses: readonly string[],
  rootFile: string,
): string {
  const { mspId, debugging } = configured.organization;
  const timeouts = { evaluate: "30m", endorse: "30m", total: "1h" };
  const atEnd = { endorsingOrganizations: [mspId], timeouts };
  return settings({ network, configured, addresses, rootFile, peers: [debugging!.peer], atEnd });
}

function settings({ network, configured, addresses, rootFile, peers, afterGateway, atEnd }: Settings): string {
  const { organization, client } = configured;
  const { port } = network.gateway;
  const { name: channel } = network.channels.find(({ organizations }) => organizations.includes(organization))!;
  const chaincode = network.chaincodes.find((each) => each.channel === channel)?.name;
  // gRPC tries several addresses if they are of one family.
  const gateway = addresses
    .filter((address) => isIP(address) === isIP(addresses[0]!))
    .map((address) => `${isIPv6(address) ? `[${address}]` : address}:${port}`);
  const content = {
    mspId: organization.mspId,
    channel,
    ...(chaincode !== undefined && { chaincode }),
    peers: peers.map(({ fqdn }) => `${fqdn}:${port}`),
    gateway: gateway.length === 1 ? gateway[0] : gateway,
    ...afterGateway,
    tlsRoots: `../../${rootFile}`,
    identity: { certificate: "msp/signcerts", privateKey: "msp/keystore" },
    ...atEnd,
  };
  return [
    `# Client ${client.id} of ${organization.name} on network ${network.name}; written by: ${baas("connection", network.name)}`,
    `# Its identity is here once it has enrolled, by the command that is printed then.`,
    dump(content, { lineWidth: -1 }),
  ].join("\n");
}

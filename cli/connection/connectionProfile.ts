/** Fabric's common connection profile of an organization: the nodes that clients outside the cluster reach, and their roots. */
import { signingCaName } from "../../model/contracts/certificateAuthority";
import {
  allOrganizations,
  type GatewayPlan,
  joiningPeers,
  type NetworkPlan,
  type NodePlan,
  type OrganizationPlan,
} from "../../model/network/networkPlan";

/** A network that has a gateway. */
export type NetworkWithGateway = NetworkPlan & { gateway: GatewayPlan };

/** A connection profile, version 1.0.0. Nodes are called by their external names. */
export interface ConnectionProfile {
  name: string;
  version: "1.0.0";
  client: { organization: string };
  organizations: Record<string, { mspid: string; peers: string[]; certificateAuthorities?: string[] }>;
  channels: Record<string, { orderers?: string[]; peers: Record<string, PeerRoles> }>;
  peers: Record<string, Endpoint>;
  orderers?: Record<string, Endpoint>;
  certificateAuthorities?: Record<string, CertificateAuthorityEndpoint>;
}

/** What a peer of a channel is used for. */
export type PeerRoles = Record<"endorsingPeer" | "chaincodeQuery" | "ledgerQuery" | "eventSource" | "discover", true>;

/** Where a node is, and the root of its TLS certificate. */
export interface Endpoint {
  url: string;
  tlsCACerts: { pem: string };
}

/** Address of an organization's certificate authority, and the name of the CA there that issues identities. */
export interface CertificateAuthorityEndpoint {
  url: string;
  caName: string;
  tlsCACerts: { pem: string[] };
  httpOptions: { verify: true };
}

/** Roots of TLS certificates as PEM, by organization. */
export type TlsRoots = ReadonlyMap<string, string>;

const allRoles: PeerRoles = {
  endorsingPeer: true,
  chaincodeQuery: true,
  ledgerQuery: true,
  eventSource: true,
  discover: true,
};

/** Whether clients outside the cluster reach a node. */
export function isReached({ gateway }: NetworkWithGateway, node: NodePlan): boolean {
  return gateway.routes.some(({ nodes }) => nodes.includes(node));
}

/** The organizations whose roots clients outside must trust: those of the reachable nodes and of the API. */
export function trustedOrganizations(network: NetworkWithGateway): OrganizationPlan[] {
  const { organization, certificateSecret } = network.gateway;
  return allOrganizations(network).filter(
    (candidate) =>
      (candidate === organization && certificateSecret === undefined) ||
      [candidate.certificateAuthority, ...joiningPeers(candidate), ...candidate.orderers].some((node) =>
        isReached(network, node),
      ),
  );
}

/** The organizations that get a profile: their clients reach a peer or the CA of their own organization. */
export function profiledOrganizations(network: NetworkWithGateway): OrganizationPlan[] {
  return network.organizations.filter(({ certificateAuthority, peers }) =>
    [certificateAuthority, ...peers].some((node) => isReached(network, node)),
  );
}

/**
 * The profile of an organization's clients. It lists only those nodes of all organizations that the gateway passes through.
 *
 * @param tlsRoots - of all {@link trustedOrganizations}
 */
export function connectionProfile(
  network: NetworkWithGateway,
  own: OrganizationPlan,
  tlsRoots: TlsRoots,
): ConnectionProfile {
  const { port } = network.gateway;
  const reached = (nodes: readonly NodePlan[]): NodePlan[] => nodes.filter((node) => isReached(network, node));
  const endpoints = (organization: OrganizationPlan, nodes: readonly NodePlan[]): [string, Endpoint][] =>
    nodes.map(({ fqdn }) => [
      fqdn,
      { url: `grpcs://${fqdn}:${port}`, tlsCACerts: { pem: tlsRoots.get(organization.name)! } },
    ]);

  const withPeers = network.organizations.filter((each) => each === own || reached(each.peers).length > 0);
  const ordererOrganization = network.ordering.organization;
  const orderers = reached(ordererOrganization.orderers);
  const [certificateAuthority] = reached([own.certificateAuthority]);
  const channels = network.channels.filter(({ organizations }) => organizations.includes(own));
  return {
    name: `${network.name}-${own.name}`,
    version: "1.0.0",
    client: { organization: own.name },
    organizations: Object.fromEntries(
      withPeers.map((organization) => [
        organization.name,
        {
          mspid: organization.mspId,
          peers: names(reached(organization.peers)),
          ...(organization === own &&
            certificateAuthority && { certificateAuthorities: names([certificateAuthority]) }),
        },
      ]),
    ),
    channels: Object.fromEntries(
      channels.map(({ name, organizations }) => [
        name,
        {
          ...(orderers.length > 0 && { orderers: names(orderers) }),
          peers: Object.fromEntries(
            organizations.flatMap(({ peers }) => names(reached(peers)).map((peer) => [peer, allRoles])),
          ),
        },
      ]),
    ),
    peers: Object.fromEntries(
      withPeers.flatMap((organization) => endpoints(organization, reached(organization.peers))),
    ),
    ...(orderers.length > 0 && { orderers: Object.fromEntries(endpoints(ordererOrganization, orderers)) }),
    ...(certificateAuthority && {
      certificateAuthorities: {
        [certificateAuthority.fqdn]: {
          url: `https://${certificateAuthority.fqdn}:${port}`,
          caName: signingCaName,
          tlsCACerts: { pem: [tlsRoots.get(own.name)!] },
          httpOptions: { verify: true },
        },
      },
    }),
  };
}

const names = (nodes: readonly NodePlan[]): string[] => nodes.map(({ fqdn }) => fqdn);

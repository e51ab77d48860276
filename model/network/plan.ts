/**
 * What a network consists of, derived from its configuration: every node with its names. Plain data, no Pulumi types;
 * components, checks and tests all read names from here, so that each is composed in one place.
 */
import { mergedPolicies, type Profile } from "../policies/mergedPolicies";
import type { EnvironmentConfig, ExposureConfig, GatewayConfig, NetworkConfig, Size } from "../stackFile/schema";

/** Ports of the nodes inside the cluster; each Service is a ClusterIP, so they never clash. */
export const ports = {
  certificateAuthority: 7054,
  peer: 7051,
  orderer: 7050,
  ordererAdmin: 7053,
  chaincode: 7052,
  operations: 9443,
  couchdb: 5984,
  gateway: 8443,
} as const;

/** A node (certificate authority, peer or orderer): one StatefulSet with one pod. */
export interface NodePlan {
  /** Name of its Kubernetes objects: `peer0-org1`. */
  name: string;
  /** Name within its organization, and enrolment ID: `peer0`. */
  id: string;
  /** External name: `peer0.org1.<domain>`. */
  fqdn: string;
  /** Every name the node is ever called by, for its certificates. */
  hosts: string[];
  /** Host and port inside the cluster: `peer0-org1.dev.svc:7051`. */
  address: string;
  /**
   * Host and port that the network hands out to clients and other peers. With a gateway that passes through to the node,
   * its port is the gateway's: the node's Service has that port too, and outside the name leads to the gateway, so that
   * one address is right on both sides.
   */
  endpoint: string;
  /** Size of its volume, such as `10Gi`. */
  storage: string;
}

/** An organization with its nodes. */
export interface OrganizationPlan {
  name: string;
  mspId: string;
  certificateAuthority: NodePlan;
  /** Peers; empty for the orderers' organization. */
  peers: NodePlan[];
  /** Orderers; empty for an organization of peers. */
  orderers: NodePlan[];
  stateDatabase: "leveldb" | "couchdb";
  /** Identities of client applications. */
  clients: ClientPlan[];
}

/** A client application's identity. */
export interface ClientPlan {
  /** Name of its Identity: `app-org1`. */
  name: string;
  /** Enrolment ID: `app`. */
  id: string;
}

/** A chaincode version of one organization: one Deployment. */
export interface ChaincodeServerPlan {
  /** Name of its Kubernetes objects: `asset-transfer-1-0-org1`. */
  name: string;
  organization: string;
  hosts: string[];
  /** Names of the peers that it serves: all of the organization's. */
  peers: string[];
}

/** A Job that submits transactions to a chaincode version and reads their result back. */
export interface SmokeTestPlan {
  /** Name of its Kubernetes objects: `asset-transfer-1-0-smoke-test`. */
  name: string;
  /** Organization in whose name it calls: the first member of the channel. */
  organization: string;
  /** Function and arguments of each transaction. */
  submit: string[][];
  /** Function and arguments of what is read back. */
  evaluate: string[];
}

/** A chaincode with its servers. */
export interface ChaincodePlan {
  /** Name of the custom resource: `trades.asset-transfer`. */
  resource: string;
  name: string;
  channel: string;
  version: string;
  /** Label of its package: `asset-transfer_1.0`. */
  label: string;
  endorsementPolicy: string;
  initRequired: boolean;
  replicas: number;
  source?: string;
  image?: string;
  /** Start of the servers' names, before the organization: `asset-transfer-1-0`. */
  prefix: string;
  servers: ChaincodeServerPlan[];
  smokeTest?: SmokeTestPlan;
}

/** A channel with its members. */
export interface ChannelPlan {
  name: string;
  organizations: OrganizationPlan[];
  batch: NetworkConfig["channels"][number]["batch"];
}

/** Names that the gateway passes through to one node, or to any of several. */
export interface RoutePlan {
  /** What it is called in the gateway's configuration: the node, or `peers-org1`. */
  backend: string;
  /** Server names (SNI) of the clients' TLS connections. */
  names: string[];
  nodes: NodePlan[];
}

/** The edge of a network. */
export interface GatewayPlan extends Pick<GatewayConfig, "port" | "replicas" | "certificateSecret" | "limits"> {
  /** Name of its Kubernetes objects. */
  name: string;
  /** Name of its Identity: `gateway-org1`. */
  identity: string;
  /** Organization whose TLS CA issues its certificate. */
  organization: OrganizationPlan;
  /** Name of the API: `api.<domain>`. */
  apiHost: string;
  /** Names that its certificate carries. */
  hosts: string[];
  routes: RoutePlan[];
  exposure: ExposureConfig;
}

/** A whole network. */
export interface NetworkPlan {
  name: string;
  namespace: string;
  domain: string;
  environment: string;
  fabricVersion: string;
  size: Size;
  storageClass?: string;
  ordering: { type: "etcdraft"; organization: OrganizationPlan };
  /** Organizations with peers, in the order of the stack file. */
  organizations: OrganizationPlan[];
  channels: ChannelPlan[];
  chaincodes: ChaincodePlan[];
  /** DNS domain of the cluster's Services. */
  clusterDomain: string;
  gateway?: GatewayPlan;
  /** How policies are taken, as far as environment and stack say it. */
  policies: Profile;
}

/** Path of the policy that holds where a chaincode names none: a majority of the organizations. */
export const defaultEndorsementPolicy = "/Channel/Application/Endorsement";

/**
 * Derives the network from its configuration. Unknown organizations of a channel are left out: checks.ts refuses them.
 *
 * @param name - name of the stack
 */
export function planNetwork(name: string, config: NetworkConfig, environment: EnvironmentConfig): NetworkPlan {
  const namespace = config.namespace ?? name;
  const { clusterDomain } = environment;
  const passthrough = config.gateway?.passthrough;
  const node = (
    organization: string,
    id: string,
    fqdn: string,
    port: number,
    {
      storage,
      endpointPort = port,
      otherNames = [],
    }: { storage: string; endpointPort?: number; otherNames?: string[] },
  ): NodePlan => {
    const nodeName = `${id}-${organization}`;
    const service = `${nodeName}.${namespace}.svc`;
    const hosts = [...serviceHosts(nodeName, namespace, clusterDomain), fqdn, ...otherNames];
    const [address, endpoint] = [`${service}:${port}`, `${service}:${endpointPort}`];
    return { name: nodeName, id, fqdn, hosts, address, endpoint, storage };
  };
  const certificateAuthority = (organization: string, storage: string): NodePlan =>
    node(organization, "ca", `ca.${organization}.${config.domain}`, ports.certificateAuthority, { storage });

  const organizations = config.organizations.map(({ name: organization, ...settings }): OrganizationPlan => ({
    name: organization,
    mspId: settings.mspId ?? defaultMspId(organization),
    certificateAuthority: certificateAuthority(organization, settings.caStorage),
    peers: Array.from({ length: settings.peers }, (_, i) =>
      node(organization, `peer${i}`, `peer${i}.${organization}.${config.domain}`, ports.peer, {
        storage: settings.peerStorage,
        endpointPort: passthrough?.peers.includes(organization) ? config.gateway?.port : undefined,
        otherNames: [anyPeerHost(organization, config.domain)],
      }),
    ),
    orderers: [],
    stateDatabase: settings.stateDatabase,
    clients: settings.clients.map((id) => ({ name: `${id}-${organization}`, id })),
  }));
  const owner = config.ordering.organization;
  const ordererOrganization: OrganizationPlan = {
    name: owner.name,
    mspId: owner.mspId ?? defaultMspId(owner.name),
    certificateAuthority: certificateAuthority(owner.name, owner.caStorage),
    peers: [],
    orderers: Array.from({ length: config.ordering.nodes }, (_, i) =>
      node(owner.name, `orderer${i}`, `orderer${i}.${config.domain}`, ports.orderer, {
        storage: config.ordering.storage,
        endpointPort: passthrough?.orderers ? config.gateway?.port : undefined,
      }),
    ),
    stateDatabase: "leveldb",
    clients: [],
  };
  const channels = config.channels.map((channel): ChannelPlan => {
    const members = channel.organizations ?? organizations.map((organization) => organization.name);
    return {
      name: channel.name,
      organizations: organizations.filter((organization) => members.includes(organization.name)),
      batch: channel.batch,
    };
  });
  const network: NetworkPlan = {
    name,
    namespace,
    domain: config.domain,
    environment: config.environment,
    fabricVersion: config.fabricVersion,
    size: config.size ?? environment.size,
    storageClass: environment.storageClass,
    ordering: { type: config.ordering.type, organization: ordererOrganization },
    organizations,
    channels,
    chaincodes: config.chaincodes.map((chaincode) => planChaincode(chaincode, channels, namespace, clusterDomain)),
    clusterDomain,
    policies: mergedPolicies(environment.policies, config.policies),
  };
  const { gateway: exposure } = environment;
  if (config.gateway === undefined || exposure === undefined) return network;
  return { ...network, gateway: planGateway(network, config.gateway, exposure) };
}

function planGateway(network: NetworkPlan, config: GatewayConfig, exposure: ExposureConfig): GatewayPlan {
  const { domain, namespace, clusterDomain, organizations, ordering } = network;
  const name = "gateway";
  const apiHost = `api.${domain}`;
  const { peers, orderers, certificateAuthorities } = config.passthrough;
  const to = (node: NodePlan, ...otherNames: string[]): RoutePlan => ({
    backend: node.name,
    names: [node.fqdn, ...otherNames],
    nodes: [node],
  });
  const handedOut = (node: NodePlan): string => node.endpoint.split(":")[0]!;
  const all = allOrganizations(network);
  const organization = all.find((candidate) => candidate.name === config.organization) ?? organizations[0]!;
  return {
    name,
    identity: `${name}-${organization.name}`,
    port: config.port,
    replicas: config.replicas,
    organization,
    apiHost,
    hosts: [...serviceHosts(name, namespace, clusterDomain), apiHost],
    certificateSecret: config.certificateSecret,
    limits: config.limits,
    routes: [
      ...organizations
        .filter((organization) => peers.includes(organization.name))
        .flatMap((organization) => [
          ...organization.peers.map((peer) => to(peer, handedOut(peer))),
          {
            backend: `peers-${organization.name}`,
            names: [anyPeerHost(organization.name, domain)],
            nodes: organization.peers,
          },
        ]),
      ...(orderers ? ordering.organization.orderers.map((orderer) => to(orderer, handedOut(orderer))) : []),
      ...all
        .filter((organization) => certificateAuthorities.includes(organization.name))
        .map((organization) => to(organization.certificateAuthority)),
    ],
    exposure,
  };
}

/** Whether clients outside reach a node through the gateway. */
export function passesThrough({ routes }: GatewayPlan, { name }: NodePlan): boolean {
  return routes.some(({ backend }) => backend === name);
}

/** Name under which any peer of an organization is reached. */
function anyPeerHost(organization: string, domain: string): string {
  return `peers.${organization}.${domain}`;
}

function planChaincode(
  chaincode: NetworkConfig["chaincodes"][number],
  channels: ChannelPlan[],
  namespace: string,
  clusterDomain: string,
): ChaincodePlan {
  const members = channels.find((channel) => channel.name === chaincode.channel)?.organizations ?? [];
  const prefix = dnsName(`${chaincode.name}-${chaincode.version}`);
  return {
    resource: `${chaincode.channel}.${dnsName(chaincode.name)}`,
    name: chaincode.name,
    channel: chaincode.channel,
    version: chaincode.version,
    label: `${chaincode.name}_${chaincode.version}`,
    endorsementPolicy: chaincode.endorsementPolicy ?? defaultEndorsementPolicy,
    initRequired: chaincode.initRequired,
    replicas: chaincode.replicas,
    source: chaincode.source,
    image: chaincode.image,
    prefix,
    servers: members.map((organization) => {
      const name = `${prefix}-${organization.name}`;
      const peers = organization.peers.map((peer) => peer.name);
      return { name, organization: organization.name, hosts: serviceHosts(name, namespace, clusterDomain), peers };
    }),
    ...(chaincode.smokeTest !== undefined &&
      members[0] !== undefined && {
        smokeTest: { name: `${prefix}-smoke-test`, organization: members[0].name, ...chaincode.smokeTest },
      }),
  };
}

/** MSP ID of an organization that names none: `org1` gives `Org1MSP`, `big-bank` gives `BigBankMSP`. */
export function defaultMspId(organization: string): string {
  const camel = organization.replace(/(^|-+)([a-z0-9])/g, (_match, _dash, letter: string) => letter.toUpperCase());
  return `${camel}MSP`;
}

/** A name as Kubernetes takes it: lower case, everything but letters and digits becomes a dash. */
export function dnsName(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]+/g, "-");
}

/** Names under which a Service and the pod behind it are reached in the cluster. */
function serviceHosts(service: string, namespace: string, clusterDomain: string): string[] {
  return [
    service,
    `${service}.${namespace}`,
    `${service}.${namespace}.svc`,
    `${service}.${namespace}.svc.${clusterDomain}`,
    "localhost",
  ];
}

/** Name of the ConfigMap in which a certificate authority publishes its roots: `ca-org1-roots`. */
export function rootsConfigMap(certificateAuthority: NodePlan): string {
  return `${certificateAuthority.name}-roots`;
}

/** Name of the Secret with which an Identity enrols: `app-org1-enrolment`. */
export function enrolmentSecret(identity: string): string {
  return `${identity}-enrolment`;
}

/** All organizations of a network: those with peers, then the orderers' one. */
export function allOrganizations(network: NetworkPlan): OrganizationPlan[] {
  return [...network.organizations, network.ordering.organization];
}

/** Derives what a network consists of from its stack file and its environment. */
import { defaultEndorsementPolicy } from "../../fabric/src/endorsementPolicy";
import { debugPeerId, debugRelayHost } from "../contracts/debugging";
import {
  administratorIdentity,
  anyPeerName,
  apiHostName,
  apiName,
  certificateApiHostName,
  chaincodeServerName,
  dnsName,
  gatewayName,
  nameWithin,
  organizationDomain,
  serviceAddress,
  serviceHosts,
  smokeTestJob,
} from "../contracts/names";
import { ports } from "../contracts/ports";
import { durationSeconds } from "../duration";
import type { ApiConfig } from "../stackFile/apiSchema";
import type { AutoscalingConfig } from "../stackFile/autoscalingSchema";
import { planPods } from "../stackFile/mergedPods";
import { mergedPolicies } from "../stackFile/mergedPolicies";
import type { EnvironmentConfig, ExposureConfig, GatewayConfig, NetworkConfig } from "../stackFile/schema";
import type { KafkaService } from "./kafkaService";
import {
  allOrganizations,
  apiHosts,
  type ApiPlan,
  type CallerCertificatesPlan,
  type ChaincodePlan,
  type ChannelPlan,
  type ClientPlan,
  type DebuggingPlan,
  type GatewayPlan,
  isSameVersion,
  joiningPeers,
  type NetworkPlan,
  type NodePlan,
  type OrderingPlan,
  type OrganizationPlan,
  type RoutePlan,
} from "./networkPlan";
import { planStudio } from "./planStudio";

/** What all names of a network are composed from. */
interface Naming {
  domain: string;
  namespace: string;
  clusterDomain: string;
  /** Port of the gateway, if there is one. */
  gatewayPort?: number;
}

/**
 * Derives the network from its configuration. Unknown organizations of a channel are left out: networkChecks.ts refuses
 * them.
 *
 * @param name - name of the stack
 * @param kafka - the Kafka of the environment, if there is one
 */
export function planNetwork(
  name: string,
  config: NetworkConfig,
  environment: EnvironmentConfig,
  kafka?: KafkaService,
): NetworkPlan {
  const namespace = config.namespace ?? name;
  const { clusterDomain } = environment;
  const naming: Naming = { domain: config.domain, namespace, clusterDomain, gatewayPort: config.gateway?.port };
  const organizations = config.organizations.map((settings) =>
    planOrganization(settings, config.gateway?.passthrough.peers.includes(settings.name) ?? false, naming),
  );
  const channels = config.channels.map((channel) => planChannel(channel, organizations));
  const network: NetworkPlan = {
    name,
    config,
    namespace,
    domain: config.domain,
    environment: config.environment,
    fabricVersion: config.fabricVersion,
    size: config.size ?? environment.size,
    storageClass: environment.storageClass,
    ordering: planOrdering(config, naming, kafka),
    organizations,
    channels,
    chaincodes: planChaincodes(config, channels, naming),
    clusterDomain,
    pods: planPods(environment, config.pods),
    ipFamilies: environment.ipFamilies,
    isForTesting: environment.purpose === "testing",
    ...(environment.certificates && { certificateLife: durationSeconds(environment.certificates.life) }),
    policies: mergedPolicies(environment.policies, config.policies),
  };
  const { gateway: exposure } = environment;
  if (config.gateway === undefined || exposure === undefined) return network;
  const api = config.api && planApi(network, config.api, config.gateway);
  const gateway = planGateway(network, config.gateway, exposure, api);
  const studio = planStudio(network, environment.studio?.runtimeClass);
  return { ...network, gateway, ...(api && { api }), ...(studio && { studio }) };
}

function planOrganization(
  {
    name,
    mspId,
    caStorage,
    peers,
    peerStorage,
    stateDatabase,
    debug,
    ...given
  }: NetworkConfig["organizations"][number],
  arePassedThrough: boolean,
  naming: Naming,
): OrganizationPlan {
  const clients = given.clients.map((id) => ({ name: nameWithin(name, id), id }));
  return {
    name,
    mspId: mspId ?? defaultMspId(name),
    administrator: administratorIdentity(name),
    certificateAuthority: planCertificateAuthority(name, caStorage, naming),
    peers: Array.from({ length: peers }, (_, i) =>
      planNode(name, `peer${i}`, `peer${i}.${organizationDomain(name, naming.domain)}`, naming, {
        port: ports.peer,
        storage: peerStorage,
        isPassedThrough: arePassedThrough,
        otherNames: [anyPeerName(name, naming.domain)],
      }),
    ),
    orderers: [],
    stateDatabase,
    clients,
    ...(debug && { debugging: planDebugging(name, peerStorage, debug.developers, clients, naming) }),
  };
}

/** Unknown developers are left out: debugChecks.ts refuses them. */
function planDebugging(
  organization: string,
  storage: string,
  developers: readonly string[],
  clients: readonly ClientPlan[],
  naming: Naming,
): DebuggingPlan {
  const domain = organizationDomain(organization, naming.domain);
  const relayHost = debugRelayHost(domain);
  return {
    peer: planNode(organization, debugPeerId, `${debugPeerId}.${domain}`, naming, {
      port: ports.peer,
      storage,
      isPassedThrough: true,
      otherNames: [relayHost],
    }),
    relayHost,
    developers: clients.filter(({ id }) => developers.includes(id)),
  };
}

function planOrdering(config: NetworkConfig, naming: Naming, kafka: KafkaService | undefined): OrderingPlan {
  const { type, systemChannel = "", kafkaSecret = "" } = config.ordering;
  const organization = planOrderers(config, naming);
  if (type !== "kafka") return { type, organization };
  const external = kafka?.external && { ...kafka.external, secret: kafkaSecret };
  return {
    type,
    organization,
    kafka: { systemChannel, bootstrap: kafka?.bootstrap ?? [], ...(external && { external }) },
  };
}

/** The organization that runs the orderers. */
function planOrderers({ ordering, gateway }: NetworkConfig, naming: Naming): OrganizationPlan {
  const { name, mspId, caStorage } = ordering.organization;
  return {
    name,
    mspId: mspId ?? defaultMspId(name),
    administrator: administratorIdentity(name),
    certificateAuthority: planCertificateAuthority(name, caStorage, naming),
    peers: [],
    orderers: Array.from({ length: ordering.nodes }, (_, i) =>
      planNode(name, `orderer${i}`, `orderer${i}.${naming.domain}`, naming, {
        port: ports.orderer,
        storage: ordering.storage,
        isPassedThrough: gateway?.passthrough.orderers,
      }),
    ),
    stateDatabase: "leveldb",
    clients: [],
  };
}

function planCertificateAuthority(organization: string, storage: string, naming: Naming): NodePlan {
  const fqdn = `ca.${organizationDomain(organization, naming.domain)}`;
  return planNode(organization, "ca", fqdn, naming, { port: ports.certificateAuthority, storage });
}

interface NodeSettings {
  port: number;
  storage: string;
  /** Whether clients outside reach it through the gateway. */
  isPassedThrough?: boolean;
  otherNames?: string[];
}

function planNode(
  organization: string,
  id: string,
  fqdn: string,
  { namespace, clusterDomain, gatewayPort }: Naming,
  { port, storage, isPassedThrough = false, otherNames = [] }: NodeSettings,
): NodePlan {
  const name = nameWithin(organization, id);
  const endpointPort = isPassedThrough ? (gatewayPort ?? port) : port;
  return {
    name,
    id,
    fqdn,
    hosts: [...serviceHosts(name, namespace, clusterDomain), fqdn, ...otherNames],
    address: serviceAddress(name, namespace, port),
    endpoint: serviceAddress(name, namespace, endpointPort),
    storage,
  };
}

function planChannel(
  { name, organizations: members, batch, capabilities }: NetworkConfig["channels"][number],
  organizations: readonly OrganizationPlan[],
): ChannelPlan {
  return {
    name,
    organizations: organizations.filter((organization) => members?.includes(organization.name) ?? true),
    batch,
    capabilities,
  };
}

function planChaincodes(
  { chaincodes: all }: NetworkConfig,
  channels: readonly ChannelPlan[],
  naming: Naming,
): ChaincodePlan[] {
  const planned = all.map((chaincode) => {
    const isFirst = all.find((other) => isSameVersion(other, chaincode)) === chaincode;
    return { isFirst, ...planChaincode(chaincode, isFirst, channels, naming) };
  });
  return planned.map(({ isFirst, ...chaincode }) => {
    const sameVersion = planned.filter((other) => isSameVersion(other, chaincode));
    const servers = new Map(sameVersion.flatMap((other) => other.servers).map((server) => [server.name, server]));
    const replicas = Math.max(...sameVersion.map((other) => other.replicas));
    const autoscaling = widest(sameVersion.flatMap((other) => other.autoscaling ?? []));
    return { ...chaincode, replicas, autoscaling, ownServers: isFirst ? [...servers.values()] : [] };
  });
}

/** Of several channels, the one that may have most pods. */
function widest(all: readonly AutoscalingConfig[]): AutoscalingConfig | undefined {
  return [...all].sort((a, b) => b.maxReplicas - a.maxReplicas)[0];
}

/** @param isFirst - whether no chaincode before it is the same version */
function planChaincode(
  chaincode: NetworkConfig["chaincodes"][number],
  isFirst: boolean,
  channels: readonly ChannelPlan[],
  { namespace, clusterDomain }: Naming,
): Omit<ChaincodePlan, "ownServers"> {
  const members = channels.find((channel) => channel.name === chaincode.channel)?.organizations ?? [];
  const prefix = dnsName(`${chaincode.name}-${chaincode.version}`);
  const testName = smokeTestJob(prefix, isFirst ? undefined : chaincode.channel);
  return {
    resource: `${chaincode.channel}.${dnsName(chaincode.name)}`,
    name: chaincode.name,
    channel: chaincode.channel,
    version: chaincode.version,
    label: `${chaincode.name}_${chaincode.version}`,
    endorsementPolicy: chaincode.endorsementPolicy ?? defaultEndorsementPolicy,
    initRequired: chaincode.initRequired,
    replicas: chaincode.replicas,
    autoscaling: chaincode.autoscaling,
    source: chaincode.source,
    image: chaincode.image,
    prefix,
    servers: members.map((organization) => {
      const name = chaincodeServerName(prefix, organization.name);
      const peers = joiningPeers(organization).map((peer) => peer.name);
      return { name, organization: organization.name, hosts: serviceHosts(name, namespace, clusterDomain), peers };
    }),
    ...(chaincode.smokeTest !== undefined &&
      members[0] !== undefined && {
        smokeTest: { name: testName, organization: members[0].name, ...chaincode.smokeTest },
      }),
  };
}

function planGateway(
  network: NetworkPlan,
  config: GatewayConfig,
  exposure: ExposureConfig,
  api: ApiPlan | undefined,
): GatewayPlan {
  const { domain, namespace, clusterDomain } = network;
  const apiHost = apiHostName(domain);
  const organization = organizationOfGateway(network, config);
  return {
    name: gatewayName,
    identity: nameWithin(organization.name, gatewayName),
    port: config.port,
    replicas: config.replicas,
    autoscaling: config.autoscaling,
    organization,
    apiHost,
    hosts: [...serviceHosts(gatewayName, namespace, clusterDomain), ...apiHosts(apiHost, api)],
    certificateSecret: config.certificateSecret,
    limits: config.limits,
    routes: planRoutes(network, config.passthrough),
    exposure,
  };
}

function organizationOfGateway(network: NetworkPlan, { organization }: GatewayConfig): OrganizationPlan {
  return allOrganizations(network).find(({ name }) => name === organization) ?? network.organizations[0]!;
}

function planApi(network: NetworkPlan, config: ApiConfig, gateway: GatewayConfig): ApiPlan {
  const { namespace, clusterDomain } = network;
  const { storage, databaseSecret, certificates, identities, ...rest } = config;
  const isOnVolume = config.database === "sqlite";
  const organization = organizationOfGateway(network, gateway);
  return {
    ...rest,
    name: apiName,
    organization,
    hosts: serviceHosts(apiName, namespace, clusterDomain),
    // Unknown ones are left out: apiChecks.ts refuses them.
    identities: organization.clients.filter(({ id }) => identities.includes(id)),
    ...(isOnVolume ? { storage } : { databaseSecret }),
    ...(certificates && { certificates: planCertificates(network, certificates) }),
  };
}

/** Unknown organizations are left out: apiChecks.ts refuses them. */
function planCertificates(
  network: NetworkPlan,
  { organizations, authorities }: NonNullable<ApiConfig["certificates"]>,
): CallerCertificatesPlan {
  const own = network.organizations.filter(({ name }) => organizations === undefined || organizations.includes(name));
  return {
    host: certificateApiHostName(network.domain),
    authorities: [
      ...own.map((organization) => ({ name: organization.name, organization })),
      ...Object.entries(authorities).map(([name, authority]) => ({ name, ...authority })),
    ],
  };
}

function planRoutes(network: NetworkPlan, passthrough: GatewayConfig["passthrough"]): RoutePlan[] {
  const { domain, organizations, ordering } = network;
  const { peers, orderers, certificateAuthorities } = passthrough;
  const to = (node: NodePlan, ...otherNames: string[]): RoutePlan => ({
    backend: node.name,
    names: [node.fqdn, ...otherNames],
    nodes: [node],
  });
  const handedOut = (node: NodePlan): string => node.endpoint.split(":")[0]!;
  const peerRoutes = (organization: OrganizationPlan): RoutePlan[] => [
    ...organization.peers.map((peer) => to(peer, handedOut(peer))),
    {
      backend: `peers-${organization.name}`,
      names: [anyPeerName(organization.name, domain)],
      nodes: organization.peers,
    },
  ];
  const debugRoutes = ({ peer, relayHost }: DebuggingPlan): RoutePlan[] => [
    to(peer),
    { backend: `relay-${peer.name}`, names: [relayHost], nodes: [peer], port: ports.debugRelay },
  ];
  return [
    ...organizations.filter(({ name }) => peers.includes(name)).flatMap(peerRoutes),
    ...organizations.flatMap(({ debugging }) => (debugging ? debugRoutes(debugging) : [])),
    ...(orderers ? ordering.organization.orderers.map((orderer) => to(orderer, handedOut(orderer))) : []),
    ...allOrganizations(network)
      .filter(({ name }) => certificateAuthorities.includes(name))
      .map((organization) => to(organization.certificateAuthority)),
  ];
}

/** MSP ID of an organization that names none: `org1` gives `Org1MSP`, `big-bank` gives `BigBankMSP`. */
export function defaultMspId(organization: string): string {
  const camel = organization.replace(/(^|-+)([a-z0-9])/g, (_match, _dash, letter: string) => letter.toUpperCase());
  return `${camel}MSP`;
}

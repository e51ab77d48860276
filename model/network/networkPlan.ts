/**
 * What a network consists of: every node with its names. Plain data, which planNetwork.ts derives from a stack file once.
 * Components, checks, commands and tests read names from it.
 */
import type { CapabilityLevels } from "../contracts/capabilityLevels";
import type { ApiConfig } from "../stackFile/apiSchema";
import type { AutoscalingConfig } from "../stackFile/autoscalingSchema";
import type { IpFamilies } from "../stackFile/clusterSchema";
import type { PodsPlan } from "../stackFile/mergedPods";
import type { Profile } from "../stackFile/mergedPolicies";
import type { ExposureConfig, GatewayConfig, NetworkConfig, OrderingType, Size } from "../stackFile/schema";
import type { StudioConfig, StudioOidcConfig, StudioRemoteConfig } from "../stackFile/studioSchema";

/** A node (certificate authority, peer or orderer): one StatefulSet with one pod. */
export interface NodePlan {
  /** Name of its Kubernetes objects: `peer0-org1`. */
  name: string;
  /** Name within its organization, and enrolment ID: `peer0`. */
  id: string;
  /** External name: `peer0.org1.<domain>`. */
  fqdn: string;
  /** All names of the node, for its certificates. */
  hosts: string[];
  /** Host and port inside the cluster: `peer0-org1.dev.svc:7051`. */
  address: string;
  /**
   * Host and port that the network hands out to clients and other peers. With a gateway that passes through to the node,
   * its port is the gateway's. Inside the cluster the node's Service has that port too; outside, the name resolves to the
   * gateway. So one address works on both sides.
   */
  endpoint: string;
  /** Size of its volume, such as `10Gi`. */
  storage: string;
}

/** An organization with its nodes. */
export interface OrganizationPlan {
  name: string;
  mspId: string;
  /** Name of the Identity with which the controller administers it: `admin-org1`. */
  administrator: string;
  certificateAuthority: NodePlan;
  /** Peers; empty for the orderers' organization. */
  peers: NodePlan[];
  /** Orderers; empty for an organization of peers. */
  orderers: NodePlan[];
  stateDatabase: "leveldb" | "couchdb";
  /** Identities of client applications. */
  clients: ClientPlan[];
  debugging?: DebuggingPlan;
}

/** How developers run an organization's chaincode on their machines. */
export interface DebuggingPlan {
  /** The peer that calls it there, and is called by nobody else. It is not among the organization's peers. */
  peer: NodePlan;
  /** Name outside the cluster at which sessions are opened: `relay.org1.<domain>`. */
  relayHost: string;
  /** Clients of the organization that may open sessions. */
  developers: ClientPlan[];
}

/** The sessions of developers who write chaincode in a browser. */
export interface StudioPlan {
  /** Namespace of their pods. */
  namespace: string;
  /** RuntimeClass of their pods. */
  runtimeClass?: string;
  sessions: StudioSessionPlan[];
}

/** A session: a pod with the editor and the contract, and the gate in front of it. */
export interface StudioSessionPlan extends Pick<
  StudioConfig,
  "idleEnd" | "longestLife" | "storage" | "memory" | "cpu" | "processes"
> {
  /** Name of its Kubernetes objects, of the gate's Identity and of its enrolment: `studio-alice`. */
  name: string;
  /** Name in the stack file: `alice`. */
  session: string;
  organization: OrganizationPlan;
  /** Whose it is. */
  developer: ClientPlan;
  /** Name outside the cluster: `studio-alice.<domain>`. */
  host: string;
  /** Names of the gate's certificate. */
  hosts: string[];
  chaincode: ChaincodePlan;
  /** Folder of the chaincode's project. */
  source: string;
  /** Chaincode server that the debug peer takes it for. */
  server: string;
  /** How its developer signs in beside one-time links, and who the provider says that she is. */
  oidc?: StudioOidcConfig & { user: string };
  /** Where its branches are pushed to, and how they begin: `studio/alice/`. */
  remote?: StudioRemoteConfig & { branches: string };
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
  /** Names of the peers that have the package: all of the organization's, and its debug peer. */
  peers: string[];
}

/** A Job that submits transactions to a chaincode version and reads their result back. */
export interface SmokeTestPlan {
  /** Name of its Kubernetes objects: `asset-transfer-1-0-smoke-test`. */
  name: string;
  /** Organization whose client it is: the first member of the channel. */
  organization: string;
  /** Function and arguments of each transaction. */
  submit: string[][];
  /** Function and arguments of the query that reads the result back. */
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
  autoscaling?: AutoscalingConfig | undefined;
  source?: string;
  image?: string;
  /** Start of the servers' names, before the organization: `asset-transfer-1-0`. */
  prefix: string;
  /** The servers that the channel's members call. */
  servers: ChaincodeServerPlan[];
  /**
   * The servers that are declared with it. A version has one set of servers for all its channels; they are declared with the
   * first of its chaincodes.
   */
  ownServers: ChaincodeServerPlan[];
  smokeTest?: SmokeTestPlan;
}

/** A channel with its members. */
export interface ChannelPlan {
  name: string;
  organizations: OrganizationPlan[];
  batch: NetworkConfig["channels"][number]["batch"];
  capabilities: CapabilityLevels;
}

/** Names that the gateway passes through to one node, or to any of several. */
export interface RoutePlan {
  /** Name in the gateway's configuration: that of the node, or `peers-org1`. */
  backend: string;
  /** Server names (SNI) of the clients' TLS connections. */
  names: string[];
  nodes: NodePlan[];
  /** Port of the nodes, if other than that of their addresses. */
  port?: number;
}

/** The edge of a network. */
export interface GatewayPlan extends Pick<
  GatewayConfig,
  "port" | "replicas" | "autoscaling" | "certificateSecret" | "limits"
> {
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

/** The API server of a network. */
export interface ApiPlan extends Omit<ApiConfig, "databaseSecret" | "storage" | "certificates" | "identities"> {
  /** Name of its Kubernetes objects, of its Identity and of its enrolment. */
  name: string;
  /** Organization that it acts for: that of the gateway. */
  organization: OrganizationPlan;
  /** Names that its certificate carries. */
  hosts: string[];
  /** Clients of the organization that it acts as, too. */
  identities: ClientPlan[];
  /** Size of its volume; none with PostgreSQL. */
  storage?: string;
  databaseSecret?: string;
  /** How it knows callers by their certificates, if it does. */
  certificates?: CallerCertificatesPlan;
}

/** Client certificates of callers. */
export interface CallerCertificatesPlan {
  /** Name at which the gateway asks for them: `mtls-api.<domain>`. */
  host: string;
  authorities: CallerAuthorityPlan[];
}

/** A CA whose client certificates count: that of an organization, or one that the stack file has. */
export type CallerAuthorityPlan =
  { name: string; organization: OrganizationPlan } | { name: string; certificates: string; revocationList?: string };

/** Who orders transactions, and by what. */
export interface OrderingPlan {
  type: OrderingType;
  organization: OrganizationPlan;
  /** For type kafka only. */
  kafka?: KafkaPlan;
}

/** A network's part of the Kafka of its environment. */
export interface KafkaPlan {
  systemChannel: string;
  /** Empty where the platform has no Kafka, which kafkaChecks.ts refuses. */
  bootstrap: string[];
  /** For a Kafka that the platform does not run. */
  external?: {
    /** Certificates (PEM) of the CAs that sign the brokers' certificates. */
    rootCertificates: string;
    /** Secret of type kubernetes.io/basic-auth with which orderers log in. */
    secret: string;
  };
}

/** A whole network. */
export interface NetworkPlan {
  name: string;
  /** The stack file that it was derived from, with all defaults filled in. */
  config: NetworkConfig;
  namespace: string;
  domain: string;
  environment: string;
  fabricVersion: string;
  size: Size;
  storageClass?: string;
  ordering: OrderingPlan;
  /** Organizations with peers, in the order of the stack file. */
  organizations: OrganizationPlan[];
  channels: ChannelPlan[];
  chaincodes: ChaincodePlan[];
  /** DNS domain of the cluster's Services. */
  clusterDomain: string;
  /** Settings of pods that environment and stack write. */
  pods: PodsPlan;
  ipFamilies: IpFamilies;
  /** Whether the environment is for testing: a call may take as long as a developer looks at it. */
  isForTesting: boolean;
  /** How long certificates live, in seconds, if other than usual. */
  certificateLife?: number;
  gateway?: GatewayPlan;
  api?: ApiPlan;
  studio?: StudioPlan;
  /** Policy levels and settings that environment and stack write. */
  policies: Profile;
}

/** Peers that an organization's channels and chaincodes have: the debug peer, too. */
export function joiningPeers({ peers, debugging }: OrganizationPlan): NodePlan[] {
  return [...peers, ...(debugging ? [debugging.peer] : [])];
}

/** Sessions of an organization's studio. */
export function studioSessionsOf(plan: NetworkPlan, organization: OrganizationPlan): StudioSessionPlan[] {
  return (plan.studio?.sessions ?? []).filter((session) => session.organization.name === organization.name);
}

/** Names of an organization's chaincode servers, each once. */
export function chaincodeServersOf(plan: NetworkPlan, organization: OrganizationPlan): string[] {
  const servers = plan.chaincodes.flatMap((chaincode) => chaincode.servers);
  return [...new Set(servers.filter((each) => each.organization === organization.name).map(({ name }) => name))];
}

/** Whether clients outside reach a node through the gateway. */
export function passesThrough({ routes }: GatewayPlan, { name }: NodePlan): boolean {
  return routes.some(({ backend }) => backend === name);
}

/** Whether two chaincodes are the same version on two channels. They have one package and one set of servers. */
export function isSameVersion(a: ChaincodeVersion, b: ChaincodeVersion): boolean {
  return a.name === b.name && a.version === b.version;
}

type ChaincodeVersion = Pick<ChaincodePlan, "name" | "version">;

/** All organizations of a network: those with peers, then the orderers' one. */
export function allOrganizations(network: NetworkPlan): OrganizationPlan[] {
  return [...network.organizations, network.ordering.organization];
}

/** Names under which a network's API answers outside the cluster. */
export function apiHosts(apiHost: string, api: ApiPlan | undefined): string[] {
  return [apiHost, ...(api?.certificates ? [api.certificates.host] : [])];
}

/** Pods of a group at most: with an autoscaler, as many as it may start. */
export function mostReplicas({
  replicas,
  autoscaling,
}: {
  replicas: number;
  autoscaling?: AutoscalingConfig | undefined;
}): number {
  return Math.max(replicas, autoscaling?.maxReplicas ?? 0);
}

/**
 * A channel's configuration in plain data: strings, numbers and arrays, in the terms of Fabric's `configtx.yaml`.
 *
 * Source: Fabric documentation, "Using configtx.yaml to build a channel configuration", "Channel configuration".
 */

/**
 * Policies by name. A policy is text: `ANY Readers`, `ALL Readers` or `MAJORITY Admins` (over the policies of that name
 * one level below), or a signature policy such as `OR('Org1MSP.admin', 'Org1MSP.client')`.
 */
export type Policies = Record<string, string>;

/** Organizational units by which an MSP distinguishes clients, peers, administrators and orderers. */
export interface NodeOus {
  /** Certificate of the CA (PEM) whose units count; absent: any CA of the MSP. */
  certificate?: string;
  /** Unit of each role; a role without one is not distinguished. Defaults: client, peer, admin, orderer. */
  client?: string;
  peer?: string;
  admin?: string;
  orderer?: string;
}

/** An MSP: the certificates by which a channel knows an organization's members. All certificates are PEM, one each. */
export interface MspDescription {
  /** Such as `Org1MSP`. */
  mspId: string;
  rootCertificates: string[];
  intermediateCertificates?: string[];
  tlsRootCertificates: string[];
  tlsIntermediateCertificates?: string[];
  /** Certificates of administrators; not needed with NodeOUs. */
  admins?: string[];
  /** Certificate revocation lists (PEM). */
  revocationLists?: string[];
  /** Default: the usual units, bound to the first root certificate. `false`: no NodeOUs. */
  nodeOus?: NodeOus | false;
}

/** An organization in a channel. */
export interface OrganizationDescription {
  /** Name of its group in the configuration, such as `org1`. */
  name: string;
  msp: MspDescription;
  /** Default: {@link applicationOrganizationPolicies} or {@link ordererOrganizationPolicies}. */
  policies?: Policies;
}

/** Host and port of a node. */
export interface HostPort {
  host: string;
  /** 1 to 65535. */
  port: number;
}

/** A member of the channel. */
export interface ApplicationOrganization extends OrganizationDescription {
  /** Peers that other organizations' peers gossip with first. */
  anchorPeers?: HostPort[];
}

/** An organization that runs orderers. */
export interface OrdererOrganization extends OrganizationDescription {
  /** `host:port` of its orderers, for peers and clients. */
  endpoints: string[];
}

/** A Raft consenter: an orderer as the other orderers know it. */
export interface Consenter extends HostPort {
  /** TLS certificate (PEM) that it presents as a client. */
  clientTlsCertificate: string;
  /** TLS certificate (PEM) that it presents as a server; usually the same. */
  serverTlsCertificate: string;
}

/** Options of Raft; the defaults are those of Fabric's sample configuration. */
export interface EtcdraftOptions {
  /** Go duration. Default `500ms`. */
  tickInterval: string;
  /** Ticks without a leader until an election. Default 10. */
  electionTick: number;
  /** Ticks between heartbeats. Default 1. */
  heartbeatTick: number;
  /** Most blocks in flight. Default 5. */
  maxInflightBlocks: number;
  /** Bytes of blocks between snapshots. Default 16777216. */
  snapshotIntervalSize: number;
}

/** Ordering by Raft. */
export interface EtcdraftConsensus {
  type: "etcdraft";
  consenters: Consenter[];
  options?: Partial<EtcdraftOptions>;
}

/** Ordering by Kafka, which Fabric has before 3.0. */
export interface KafkaConsensus {
  type: "kafka";
  /** `host:port` of brokers, or of what leads to any of them. Each channel is a topic of the same name. */
  brokers: string[];
}

/** How transactions are ordered. (BFT is to become a further member of this union.) */
export type Consensus = EtcdraftConsensus | KafkaConsensus;

/** When an orderer cuts a block. */
export interface BatchDescription {
  /** Go duration since the first transaction, such as `500ms`. */
  timeout: string;
  /** Most transactions in a block. */
  maxMessages: number;
  /** Bytes that no block exceeds; a larger transaction is refused. */
  absoluteMaxBytes: number;
  /** Bytes beyond which a block is cut. */
  preferredMaxBytes: number;
}

/** The ordering service of a channel. */
export interface OrdererDescription {
  consensus: Consensus;
  batch: BatchDescription;
  organizations: OrdererOrganization[];
  /** Default: V2_0. */
  capabilities?: string[];
  /** Default: {@link ordererPolicies}. */
  policies?: Policies;
  /** Most channels, of a system channel; 0, the default, for no limit. */
  maxChannels?: number;
}

/** The applications of a channel. */
export interface ApplicationDescription {
  organizations: ApplicationOrganization[];
  /** Default: V2_5. */
  capabilities?: string[];
  /** Default: {@link applicationPolicies}. */
  policies?: Policies;
  /** Path of the policy for a resource, such as `peer/Propose: /Channel/Application/Writers`. Default: Fabric's own. */
  acls?: Record<string, string>;
}

/** The organizations that channels made from a system channel may have. */
export interface ConsortiumDescription {
  name: string;
  organizations: OrganizationDescription[];
  /** Policy over the organizations of a new channel, whose signatures its creation needs. Default: `ANY Admins`. */
  channelCreationPolicy?: string;
}

/** A system channel, from which orderers before Fabric 3.0 make application channels. Kafka needs one. */
export interface SystemChannelDescription {
  orderer: OrdererDescription;
  consortiums: ConsortiumDescription[];
  /** Default: V2_0. */
  capabilities?: string[];
  /** Default: {@link channelPolicies}. */
  policies?: Policies;
}

/** A new application channel, as its creation describes it; what orders it comes from the system channel. */
export interface ChannelCreation extends Omit<ApplicationDescription, "organizations"> {
  /** Name of the consortium that the members belong to. */
  consortium: string;
  /** Names of the members, as the consortium has them. */
  organizations: string[];
}

/** An application channel. */
export interface ChannelDescription {
  orderer: OrdererDescription;
  application: ApplicationDescription;
  /** Default: V2_0. */
  capabilities?: string[];
  /** Default: {@link channelPolicies}. */
  policies?: Policies;
}

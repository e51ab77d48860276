/**
 * A network in the terms of its stack file, with everything filled in that the file leaves out. The program registers it
 * with its component, so that whoever has the registrations of two revisions can say what changes between them.
 */
import type { Profile } from "../policies/mergedPolicies";
import type { NetworkPlan, OrganizationPlan } from "./plan";

/** A network in its own terms. Plain data, without secrets. */
export interface NetworkDescription {
  environment: string;
  domain: string;
  namespace: string;
  fabricVersion: string;
  size: string;
  storageClass?: string;
  ordering: OrderingDescription;
  organizations: OrganizationDescription[];
  channels: ChannelDescription[];
  chaincodes: ChaincodeDescription[];
  gateway?: GatewayDescription;
  /** How policies are taken, as far as environment and stack say it; absent in records from before it was described. */
  policies?: Profile;
}

/** The ordering service and the organization that runs it. */
export interface OrderingDescription {
  type: string;
  organization: string;
  mspId: string;
  nodes: number;
  storage: string;
  caStorage: string;
}

/** An organization with peers. */
export interface OrganizationDescription {
  name: string;
  mspId: string;
  peers: number;
  stateDatabase: string;
  peerStorage: string;
  caStorage: string;
  clients: string[];
}

/** A channel; its members by name. */
export interface ChannelDescription {
  name: string;
  organizations: string[];
  batch: Record<string, string | number>;
}

/** A chaincode on a channel. */
export interface ChaincodeDescription {
  name: string;
  channel: string;
  version: string;
  endorsementPolicy: string;
  initRequired: boolean;
  replicas: number;
  /** Folder that its image is built from, or the image. */
  source: string;
  /** Whether a Job tries it. */
  smokeTest: boolean;
}

/** The edge of a network. */
export interface GatewayDescription {
  port: number;
  replicas: number;
  organization: string;
  apiHost: string;
  exposure: string;
  certificateSecret?: string;
  limits: Record<string, string | number>;
  /** Names that native clients reach nodes by. */
  names: string[];
}

/** Describes a network. */
export function describeNetwork(plan: NetworkPlan): NetworkDescription {
  const { environment, domain, namespace, fabricVersion, size, storageClass, ordering, gateway } = plan;
  const { organization } = ordering;
  return {
    ...{ environment, domain, namespace, fabricVersion, size },
    ...(storageClass !== undefined && { storageClass }),
    ordering: {
      type: ordering.type,
      organization: organization.name,
      mspId: organization.mspId,
      nodes: organization.orderers.length,
      storage: organization.orderers[0]!.storage,
      caStorage: organization.certificateAuthority.storage,
    },
    organizations: plan.organizations.map(describeOrganization),
    channels: plan.channels.map(({ name, organizations, batch }) => ({
      name,
      organizations: organizations.map((member) => member.name),
      batch: { ...batch },
    })),
    chaincodes: plan.chaincodes.map((chaincode) => ({
      name: chaincode.name,
      channel: chaincode.channel,
      version: chaincode.version,
      endorsementPolicy: chaincode.endorsementPolicy,
      initRequired: chaincode.initRequired,
      replicas: chaincode.replicas,
      source: chaincode.source ?? chaincode.image ?? "",
      smokeTest: chaincode.smokeTest !== undefined,
    })),
    ...(gateway !== undefined && {
      gateway: {
        port: gateway.port,
        replicas: gateway.replicas,
        organization: gateway.organization.name,
        apiHost: gateway.apiHost,
        exposure: gateway.exposure.type,
        ...(gateway.certificateSecret !== undefined && { certificateSecret: gateway.certificateSecret }),
        limits: { ...gateway.limits },
        // The names inside the cluster lead to the same nodes.
        names: gateway.routes.flatMap(({ names }) => names.filter((name) => name.endsWith(`.${domain}`))),
      },
    }),
    policies: plan.policies,
  };
}

function describeOrganization(organization: OrganizationPlan): OrganizationDescription {
  const { name, mspId, peers, stateDatabase, certificateAuthority, clients } = organization;
  return {
    name,
    mspId,
    peers: peers.length,
    stateDatabase,
    peerStorage: peers[0]!.storage,
    caStorage: certificateAuthority.storage,
    clients: clients.map(({ id }) => id),
  };
}

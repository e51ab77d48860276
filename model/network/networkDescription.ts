/**
 * A network in the terms of its stack file, with all defaults filled in. The program registers it with its component, so
 * that a diff can compare the registrations of two revisions.
 */
import type { CapabilityLevels } from "../contracts/capabilityLevels";
import type { Profile } from "../stackFile/mergedPolicies";
import type { NetworkConfig, OrderingType } from "../stackFile/schema";
import type { NetworkPlan } from "./networkPlan";

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
  /** Policy levels and settings that environment and stack write; absent in older records. */
  policies?: Profile;
}

/** The ordering service and the organization that runs it. */
export interface OrderingDescription {
  type: OrderingType;
  organization: string;
  mspId: string;
  nodes: number;
  storage: string;
  caStorage: string;
  /** For type kafka only. */
  systemChannel?: string;
}

/** An organization with peers, as in the stack file, with defaults filled in. */
export interface OrganizationDescription extends Required<
  Omit<NetworkConfig["organizations"][number], "debug" | "studio">
> {
  /** Those who debug at its debug peer, if it has one. */
  debug?: NetworkConfig["organizations"][number]["debug"];
  /** Sessions of its studio, if it has one. */
  studio?: NetworkConfig["organizations"][number]["studio"];
}

/** A channel, as in the stack file, with defaults filled in. */
export interface ChannelDescription extends Required<
  Omit<NetworkConfig["channels"][number], "batch" | "capabilities">
> {
  batch: Record<string, string | number>;
  /** Capability levels; absent in older records, for channels with the lowest ones. */
  capabilities?: CapabilityLevels;
}

/** A chaincode on a channel. */
export interface ChaincodeDescription {
  name: string;
  channel: string;
  version: string;
  endorsementPolicy: string;
  initRequired: boolean;
  replicas: number;
  /** Pods at most, if Kubernetes adds some. */
  maxReplicas?: number;
  /** Folder that its image is built from, or the image. */
  source: string;
  /** Whether it has a smoke test. */
  smokeTest: boolean;
}

/** The edge of a network. */
export interface GatewayDescription {
  port: number;
  replicas: number;
  maxReplicas?: number;
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
  const { config, environment, domain, namespace, fabricVersion, size, storageClass, ordering, gateway } = plan;
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
      ...(ordering.kafka && { systemChannel: ordering.kafka.systemChannel }),
    },
    organizations: config.organizations.map((settings, i) => ({ ...settings, mspId: plan.organizations[i]!.mspId })),
    channels: config.channels.map((settings, i) => ({
      ...settings,
      organizations: plan.channels[i]!.organizations.map(({ name }) => name),
    })),
    chaincodes: plan.chaincodes.map((chaincode) => ({
      name: chaincode.name,
      channel: chaincode.channel,
      version: chaincode.version,
      endorsementPolicy: chaincode.endorsementPolicy,
      initRequired: chaincode.initRequired,
      replicas: chaincode.replicas,
      ...(chaincode.autoscaling && { maxReplicas: chaincode.autoscaling.maxReplicas }),
      source: chaincode.source ?? chaincode.image ?? "",
      smokeTest: chaincode.smokeTest !== undefined,
    })),
    ...(gateway !== undefined && {
      gateway: {
        port: gateway.port,
        replicas: gateway.replicas,
        ...(gateway.autoscaling && { maxReplicas: gateway.autoscaling.maxReplicas }),
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

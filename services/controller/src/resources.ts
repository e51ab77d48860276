/** The Kubernetes objects that the controller reads and writes, and their paths. */
import { apiVersion } from "../../../model/contracts/apiGroup";
import {
  certificateAuthorityDefinition,
  type CertificateAuthoritySpec,
} from "../../../model/customResources/certificateAuthority";
import { chaincodeDefinition, type ChaincodeSpec } from "../../../model/customResources/chaincode";
import { channelDefinition, type ChannelSpec } from "../../../model/customResources/channel";
import type { Definition, Status } from "../../../model/customResources/definition";
import {
  ethereumNetworkDefinition,
  type EthereumNetworkSpec,
  type EthereumObservations,
} from "../../../model/customResources/ethereumNetwork";
import { identityDefinition, type IdentitySpec } from "../../../model/customResources/identity";
import { kafkaTenantDefinition, type KafkaTenantSpec } from "../../../model/customResources/kafkaTenant";
import { rolloutDefinition, type RolloutSpec } from "../../../model/customResources/rollout";
import { systemChannelDefinition, type SystemChannelSpec } from "../../../model/customResources/systemChannel";

/** The metadata of a Kubernetes object that the controller reads. */
export interface ObjectMeta {
  name: string;
  namespace: string;
  uid?: string;
  generation?: number;
  resourceVersion?: string;
  creationTimestamp?: string;
  /** When it was asked to go; absent while it is to stay. */
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

/** A Kubernetes object. */
export interface KubernetesObject {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
}

/** A custom resource of the group baas.io. */
export interface CustomResource<Spec = unknown> extends KubernetesObject {
  spec: Spec;
  status?: Status;
}

/** An organization's Fabric CA server. */
export type CertificateAuthority = CustomResource<CertificateAuthoritySpec>;

/** A name registered with an organization's CAs. */
export type Identity = CustomResource<IdentitySpec>;

/** An application channel. */
export type Channel = CustomResource<ChannelSpec>;

/** The system channel of a network on Kafka. */
export type SystemChannel = CustomResource<SystemChannelSpec>;

/** What a network has on the platform's Kafka. */
export type KafkaTenant = CustomResource<KafkaTenantSpec>;

/** A chaincode on a channel. */
export type Chaincode = CustomResource<ChaincodeSpec>;

/** An Ethereum network. */
export interface EthereumNetwork extends CustomResource<EthereumNetworkSpec> {
  status?: Status & EthereumObservations;
}

/** The nodes of a network, restarted one after another. */
export type Rollout = CustomResource<RolloutSpec>;

/** An organization as a channel names it. */
export type Organization = ChannelSpec["ordering"]["organization"];

/** Where a node listens: `host:port` for clients. It has the name of its Identity, such as `peer0-org1`. */
export type NodeAddress = ChannelSpec["organizations"][number]["peers"][number];

/** A Secret with its data in base64, as the API gives it. */
export interface Secret extends KubernetesObject {
  data?: Record<string, string>;
}

/** A ConfigMap. */
export interface ConfigMap extends KubernetesObject {
  data?: Record<string, string>;
  /** In base64. */
  binaryData?: Record<string, string>;
}

/** The workload of a node. */
export interface StatefulSet extends KubernetesObject {
  spec?: { updateStrategy?: { type?: string } };
  status?: { observedGeneration?: number; updateRevision?: string };
}

/** A pod template that a StatefulSet has or had. */
export interface ControllerRevision extends KubernetesObject {
  data?: { spec?: { template?: unknown } };
}

/** A volume that a pod asks for. */
export interface PersistentVolumeClaim extends KubernetesObject {
  spec?: { storageClassName?: string; resources?: { requests?: { storage?: string } } };
  status?: {
    phase?: string;
    capacity?: { storage?: string };
    conditions?: { type: string; status: string; message?: string }[];
  };
}

/** Which pods are behind a Service. */
export interface EndpointSlice extends KubernetesObject {
  endpoints?:
    | {
        addresses: string[];
        conditions?: { ready?: boolean; serving?: boolean };
      }[]
    | null;
  ports?: { port?: number }[] | null;
}

/** Paths of the API's collections. */
export const collections = {
  certificateAuthorities: (namespace?: string) => custom(certificateAuthorityDefinition, namespace),
  identities: (namespace?: string) => custom(identityDefinition, namespace),
  channels: (namespace?: string) => custom(channelDefinition, namespace),
  chaincodes: (namespace?: string) => custom(chaincodeDefinition, namespace),
  systemChannels: (namespace?: string) => custom(systemChannelDefinition, namespace),
  kafkaTenants: (namespace?: string) => custom(kafkaTenantDefinition, namespace),
  ethereumNetworks: (namespace?: string) => custom(ethereumNetworkDefinition, namespace),
  rollouts: (namespace?: string) => custom(rolloutDefinition, namespace),
  pods: (namespace?: string) => core("pods", namespace),
  statefulSets: (namespace?: string) => apps("statefulsets", namespace),
  controllerRevisions: (namespace?: string) => apps("controllerrevisions", namespace),
  configMaps: (namespace?: string) => core("configmaps", namespace),
  persistentVolumeClaims: (namespace?: string) => core("persistentvolumeclaims", namespace),
  secrets: (namespace?: string) => core("secrets", namespace),
  events: (namespace?: string) => core("events", namespace),
  deployments: (namespace: string) => `/apis/apps/v1${within(namespace)}/deployments`,
  endpointSlices: (namespace?: string) => `/apis/discovery.k8s.io/v1${within(namespace)}/endpointslices`,
  leases: (namespace: string) => `/apis/coordination.k8s.io/v1${within(namespace)}/leases`,
};

const custom = ({ plural }: Definition, namespace?: string) => `/apis/${apiVersion}${within(namespace)}/${plural}`;
const apps = (plural: string, namespace?: string) => `/apis/apps/v1${within(namespace)}/${plural}`;
const core = (plural: string, namespace?: string) => `/api/v1${within(namespace)}/${plural}`;
const within = (namespace?: string) => (namespace === undefined ? "" : `/namespaces/${namespace}`);

/** The key of an object in queues: `namespace/name`. */
export const keyOf = ({ metadata }: KubernetesObject): string => `${metadata.namespace}/${metadata.name}`;

/** The two halves of a {@link keyOf}. */
export function splitKey(key: string): { namespace: string; name: string } {
  const slash = key.indexOf("/");
  return { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** The Kubernetes objects that the controller reads and writes, their paths, labels and names. */

/** API group and version of the custom resources. */
export const groupVersion = "baas.io/v1alpha1";

/** Label that names the network an object belongs to. */
export const networkLabel = "baas.io/network";

/** What every Kubernetes object says of itself, as far as the controller reads it. */
export interface ObjectMeta {
  name: string;
  namespace: string;
  uid?: string;
  generation?: number;
  resourceVersion?: string;
  creationTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

/** A Kubernetes object. */
export interface KubernetesObject {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
}

/** A condition as the Kubernetes API conventions describe it. */
export interface Condition {
  type: string;
  status: "True" | "False" | "Unknown";
  reason: string;
  message: string;
  lastTransitionTime: string;
  observedGeneration?: number;
}

/** The status of every custom resource. */
export interface Status {
  observedGeneration?: number;
  conditions?: Condition[];
}

/** A custom resource of the group baas.io. */
export interface CustomResource<Spec = unknown> extends KubernetesObject {
  spec: Spec;
  status?: Status;
}

/** An organization's Fabric CA server. */
export type CertificateAuthority = CustomResource<{
  organization: string;
  mspId: string;
  domain: string;
  /** For example `https://ca-org1.dev.svc:7054`. */
  url: string;
}>;

/** A name registered with an organization's CAs. */
export type Identity = CustomResource<{
  /** Name of the CertificateAuthority in this namespace. */
  certificateAuthority: string;
  enrolmentId: string;
  type: "peer" | "orderer" | "admin" | "client";
}>;

/** An organization as a channel names it. */
export interface Organization {
  name: string;
  mspId: string;
  /** Name of its CertificateAuthority in this namespace. */
  certificateAuthority: string;
}

/** An organization whose peers are on a channel. */
export interface ChannelMember extends Organization {
  peers: NodeAddress[];
  /** `host:port` of peers that other organizations' peers gossip with first. */
  anchorPeers: string[];
}

/** Where a node listens. */
export interface NodeAddress {
  /** Such as `peer0-org1`; the name of its Identity. */
  name: string;
  /** `host:port` for clients. */
  address: string;
}

/** An orderer of a channel. */
export interface ChannelConsenter extends NodeAddress {
  /** `host:port` that the channel tells clients and peers; the address when absent. */
  endpoint?: string;
  /** `host:port` of the channel participation API. */
  adminAddress: string;
}

/** An application channel. */
export type Channel = CustomResource<{
  name: string;
  ordering: {
    type: "etcdraft";
    organization: Organization;
    consenters: ChannelConsenter[];
  };
  batch: {
    /** Go duration. */
    timeout: string;
    maxMessages: number;
    /** Such as `2Mi`. */
    preferredMaxBytes: string;
    absoluteMaxBytes: string;
  };
  organizations: ChannelMember[];
}>;

/** A chaincode on a channel. */
export type Chaincode = CustomResource<{
  /** Name of the Channel in this namespace. */
  channel: string;
  name: string;
  version: string;
  endorsementPolicy: string;
  initRequired: boolean;
  /** Where it is installed. */
  organizations: { name: string; peers: string[] }[];
  package: { id: string; label: string; address: string };
}>;

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

/** Which pods are behind a Service. */
export interface EndpointSlice extends KubernetesObject {
  endpoints?:
    | {
        addresses: string[];
        conditions?: { ready?: boolean; serving?: boolean };
      }[]
    | null;
}

/** Paths of the API's collections. */
export const collections = {
  certificateAuthorities: (namespace?: string) => custom("certificateauthorities", namespace),
  identities: (namespace?: string) => custom("identities", namespace),
  channels: (namespace?: string) => custom("channels", namespace),
  chaincodes: (namespace?: string) => custom("chaincodes", namespace),
  pods: (namespace?: string) => core("pods", namespace),
  configMaps: (namespace?: string) => core("configmaps", namespace),
  secrets: (namespace?: string) => core("secrets", namespace),
  events: (namespace?: string) => core("events", namespace),
  endpointSlices: (namespace?: string) => `/apis/discovery.k8s.io/v1${within(namespace)}/endpointslices`,
  leases: (namespace: string) => `/apis/coordination.k8s.io/v1${within(namespace)}/leases`,
};

const custom = (plural: string, namespace?: string) => `/apis/${groupVersion}${within(namespace)}/${plural}`;
const core = (plural: string, namespace?: string) => `/api/v1${within(namespace)}/${plural}`;
const within = (namespace?: string) => (namespace === undefined ? "" : `/namespaces/${namespace}`);

/** `namespace/name`, by which queues know objects. */
export const keyOf = ({ metadata }: KubernetesObject): string => `${metadata.namespace}/${metadata.name}`;

/** The two halves of a {@link keyOf}. */
export function splitKey(key: string): { namespace: string; name: string } {
  const slash = key.indexOf("/");
  return { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** Label of a pod that names its node or server, such as `peer0-org1`. */
export const instanceLabel = "app.kubernetes.io/instance";

/** The init container that enrols. */
export const enrolContainer = "enrol";

/** Label that names the Service an EndpointSlice belongs to. */
export const serviceLabel = "kubernetes.io/service-name";

/** Name of the ConfigMap with a CA's roots. */
export const rootsName = (certificateAuthority: string): string => `${certificateAuthority}-roots`;

/** Enrolment ID of the identity that registers the others. */
export const registrarId = "registrar";

/** Name of the Secret with a CA's registrar. */
export const registrarName = (certificateAuthority: string): string => `${certificateAuthority}-registrar`;

/** Name of the Secret with which an identity enrols. */
export const enrolmentName = (identity: string): string => `${identity}-enrolment`;

/** Name of the Identity in whose name the controller administers an organization. */
export const administratorName = (organization: string): string => `admin-${organization}`;

/** Name of the ConfigMap that keeps a channel's genesis block. */
export const genesisName = (channel: string): string => `${channel}-genesis`;

/** API group and version of the custom resources. */
export const API_VERSION = "baas.io/v1alpha1";

/** Label that names the network an object belongs to. */
export const NETWORK_LABEL = "baas.io/network";

/** What every Kubernetes object says of itself, as far as the controller reads it. */
export interface ObjectMeta {
  readonly name: string;
  readonly namespace: string;
  readonly uid?: string;
  readonly generation?: number;
  readonly resourceVersion?: string;
  readonly creationTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A Kubernetes object. */
export interface KubernetesObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: ObjectMeta;
}

/** A condition as the Kubernetes API conventions describe it. */
export interface Condition {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionTime: string;
  readonly observedGeneration?: number;
}

/** The status of every custom resource. */
export interface Status {
  readonly observedGeneration?: number;
  readonly conditions?: readonly Condition[];
}

/** A custom resource of the group baas.io. */
export interface CustomResource<Spec = unknown> extends KubernetesObject {
  readonly spec: Spec;
  readonly status?: Status;
}

/** An organization's Fabric CA server. */
export type CertificateAuthority = CustomResource<{
  readonly organization: string;
  readonly mspId: string;
  readonly domain: string;
  /** For example `https://ca-org1.dev.svc:7054`. */
  readonly url: string;
}>;

/** A name registered with an organization's CAs. */
export type Identity = CustomResource<{
  /** Name of the CertificateAuthority in this namespace. */
  readonly certificateAuthority: string;
  readonly enrolmentId: string;
  readonly type: "peer" | "orderer" | "admin" | "client";
}>;

/** An organization as a channel names it. */
export interface Organization {
  readonly name: string;
  readonly mspId: string;
  /** Name of its CertificateAuthority in this namespace. */
  readonly certificateAuthority: string;
}

/** An organization whose peers are on a channel. */
export interface ChannelMember extends Organization {
  readonly peers: readonly NodeAddress[];
  /** `host:port` of peers that other organizations' peers gossip with first. */
  readonly anchorPeers: readonly string[];
}

/** Where a node listens. */
export interface NodeAddress {
  /** Such as `peer0-org1`; the name of its Identity. */
  readonly name: string;
  /** `host:port` for clients. */
  readonly address: string;
}

/** An orderer of a channel. */
export interface ChannelConsenter extends NodeAddress {
  /** `host:port` that the channel tells clients and peers; the address when absent. */
  readonly endpoint?: string;
  /** `host:port` of the channel participation API. */
  readonly adminAddress: string;
}

/** An application channel. */
export type Channel = CustomResource<{
  readonly name: string;
  readonly ordering: {
    readonly type: "etcdraft";
    readonly organization: Organization;
    readonly consenters: readonly ChannelConsenter[];
  };
  readonly batch: {
    /** Go duration. */
    readonly timeout: string;
    readonly maxMessages: number;
    /** Such as `2Mi`. */
    readonly preferredMaxBytes: string;
    readonly absoluteMaxBytes: string;
  };
  readonly organizations: readonly ChannelMember[];
}>;

/** A chaincode on a channel. */
export type Chaincode = CustomResource<{
  /** Name of the Channel in this namespace. */
  readonly channel: string;
  readonly name: string;
  readonly version: string;
  readonly endorsementPolicy: string;
  readonly initRequired: boolean;
  /** Where it is installed. */
  readonly organizations: readonly { readonly name: string; readonly peers: readonly string[] }[];
  readonly package: { readonly id: string; readonly label: string; readonly address: string };
}>;

/** A Secret with its data in base64, as the API gives it. */
export interface Secret extends KubernetesObject {
  readonly data?: Readonly<Record<string, string>>;
}

/** A ConfigMap. */
export interface ConfigMap extends KubernetesObject {
  readonly data?: Readonly<Record<string, string>>;
  /** In base64. */
  readonly binaryData?: Readonly<Record<string, string>>;
}

/** Which pods are behind a Service. */
export interface EndpointSlice extends KubernetesObject {
  readonly endpoints?:
    | readonly {
        readonly addresses: readonly string[];
        readonly conditions?: { readonly ready?: boolean; readonly serving?: boolean };
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

const custom = (plural: string, namespace?: string) => `/apis/${API_VERSION}${within(namespace)}/${plural}`;
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
export const INSTANCE_LABEL = "app.kubernetes.io/instance";

/** The init container that enrols. */
export const ENROL_CONTAINER = "enrol";

/** Label that names the Service an EndpointSlice belongs to. */
export const SERVICE_LABEL = "kubernetes.io/service-name";

/** Name of the ConfigMap with a CA's roots. */
export const rootsName = (certificateAuthority: string): string => `${certificateAuthority}-roots`;

/** Enrolment ID of the identity that registers the others. */
export const REGISTRAR = "registrar";

/** Name of the Secret with a CA's registrar. */
export const registrarName = (certificateAuthority: string): string => `${certificateAuthority}-registrar`;

/** Name of the Secret with which an identity enrols. */
export const enrolmentName = (identity: string): string => `${identity}-enrolment`;

/** Name of the Identity in whose name the controller administers an organization. */
export const administratorName = (organization: string): string => `admin-${organization}`;

/** Name of the ConfigMap that keeps a channel's genesis block. */
export const genesisName = (channel: string): string => `${channel}-genesis`;

/** The kinds of objects that are watched: where the API has them, and what of them is kept in memory. */
import { templateHashAnnotation } from "../../../model/contracts/annotations";
import { ethereumNodeManager } from "../../../model/contracts/ethereum";
import { managedByLabel, partOfLabel, productName, roleLabel } from "../../../model/contracts/labels";
import { controllerName, enrolManager, rootsConfigMapName } from "../../../model/contracts/names";
import { platformCaName } from "../../../model/contracts/platformCa";
import { reducePod, type SeenPod } from "./pods";
import {
  type CertificateAuthority,
  type Chaincode,
  type Channel,
  collections,
  type ConfigMap,
  type EndpointSlice,
  type EthereumNetwork,
  type Identity,
  type KafkaTenant,
  type KubernetesObject,
  type Rollout,
  type StatefulSet,
  type SystemChannel,
} from "./resources";

/** A kind of objects, and how it is watched. */
export interface Kind<T extends KubernetesObject> {
  /** Its name in the API, such as `Channel`. */
  name: string;
  /** The plural for counts in the log, such as `channels`. */
  plural: string;
  /** Path of the collection in a namespace; without one, of all. */
  path(namespace?: string): string;
  /** Which of them are watched; all by default. */
  labelSelector?: string;
  /** What of an object is kept in memory; everything by default. */
  keep?(object: T): T;
}

/** Objects of all networks, and of the platform. */
const ours = `${partOfLabel}=${productName}`;

/** Fabric CA servers. */
export const certificateAuthorities: Kind<CertificateAuthority> = {
  name: "CertificateAuthority",
  plural: "certificateAuthorities",
  path: collections.certificateAuthorities,
};

/** Names to register with CAs. */
export const identities: Kind<Identity> = { name: "Identity", plural: "identities", path: collections.identities };

/** Application channels. */
export const channels: Kind<Channel> = { name: "Channel", plural: "channels", path: collections.channels };

/** System channels of networks on Kafka. */
export const systemChannels: Kind<SystemChannel> = {
  name: "SystemChannel",
  plural: "systemChannels",
  path: collections.systemChannels,
};

/** What networks have on the platform's Kafka. */
export const kafkaTenants: Kind<KafkaTenant> = {
  name: "KafkaTenant",
  plural: "kafkaTenants",
  path: collections.kafkaTenants,
};

/** Chaincodes on channels. */
export const chaincodes: Kind<Chaincode> = { name: "Chaincode", plural: "chaincodes", path: collections.chaincodes };

/** Ethereum networks. */
export const ethereumNetworks: Kind<EthereumNetwork> = {
  name: "EthereumNetwork",
  plural: "ethereumNetworks",
  path: collections.ethereumNetworks,
};

/** Nodes of networks, restarted one after another. */
export const rollouts: Kind<Rollout> = { name: "Rollout", plural: "rollouts", path: collections.rollouts };

/** The workloads of nodes, reduced to the version of their pod template. */
export const statefulSets: Kind<StatefulSet> = {
  name: "StatefulSet",
  plural: "statefulSets",
  path: collections.statefulSets,
  labelSelector: ours,
  keep: keepOfStatefulSet,
};

const platformRootsName = rootsConfigMapName(platformCaName);

/** CAs' roots, channels' genesis blocks, who Ethereum nodes are, and the genesis of their chain. Their content is read when it is needed, but for the platform's roots, which all networks have. */
export const configMaps: Kind<ConfigMap> = {
  name: "ConfigMap",
  plural: "configMaps",
  path: collections.configMaps,
  labelSelector: `${managedByLabel} in (${enrolManager},${controllerName},${ethereumNodeManager})`,
  keep: ({ metadata, data }) => ({ metadata, ...(metadata.name === platformRootsName && data && { data }) }),
};

/** Which pods are behind the Services of all networks, and of the platform. */
export const endpointSlices: Kind<EndpointSlice> = {
  name: "EndpointSlice",
  plural: "endpointSlices",
  path: collections.endpointSlices,
  labelSelector: ours,
};

/** The pods of all networks and of the platform, reduced to what pods.ts keeps of them. */
export const pods: Kind<SeenPod> = {
  name: "Pod",
  plural: "pods",
  path: collections.pods,
  labelSelector: ours,
  keep: reducePod,
};

function keepOfStatefulSet({ metadata, spec, status }: StatefulSet): StatefulSet {
  const { name, namespace, uid, resourceVersion, generation, annotations, labels } = metadata;
  const hash = annotations?.[templateHashAnnotation];
  const role = labels?.[roleLabel];
  const { observedGeneration, updateRevision } = status ?? {};
  return {
    metadata: {
      ...{ name, namespace },
      ...(uid !== undefined && { uid }),
      ...(resourceVersion !== undefined && { resourceVersion }),
      ...(generation !== undefined && { generation }),
      ...(hash !== undefined && { annotations: { [templateHashAnnotation]: hash } }),
      ...(role !== undefined && { labels: { [roleLabel]: role } }),
    },
    ...(spec?.updateStrategy && { spec: { updateStrategy: spec.updateStrategy } }),
    status: {
      ...(observedGeneration !== undefined && { observedGeneration }),
      ...(updateRevision !== undefined && { updateRevision }),
    },
  };
}

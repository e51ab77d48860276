/**
 * Lists the worker for each kind of object, and the changes that wake it. To add a kind of custom resource, add an entry here
 * with its {@link Kind} and its reconciler.
 */
import { genesisConfigMapName } from "../../../model/contracts/names";
import { CertificateExpiry } from "./certificateExpiry";
import { Chaincodes } from "./chaincodes";
import { ChaincodeServers, serverOf } from "./chaincodeServers";
import {
  anyChange,
  changedOrGone,
  enrolledOrEnded,
  gone,
  newlyServed,
  nodePodChanged,
  on,
  purgeRequested,
  readinessChanged,
  renewalRequested,
  servedOtherwise,
  specChanged,
  type Trigger,
  troubleChanged,
  versionChanged,
  type Which,
} from "./changes";
import { Channels } from "./channels";
import {
  authorityOfIdentity,
  authorityOfRoots,
  identitiesOf,
  identitiesOfPod,
  platformRoots,
  rivals,
  waitingAuthority,
} from "./concernedIdentities";
import { isReady } from "./conditions";
import { serviceOf } from "./endpoints";
import { EthereumNetworks } from "./ethereum/ethereumNetworks";
import { EthereumWatch } from "./ethereum/ethereumWatch";
import { GoneIdentities } from "./goneIdentities";
import { Identities } from "./identities";
import { KafkaWatch } from "./kafka/kafkaWatch";
import { waitingTenants } from "./kafka/waitingTenants";
import { KindController } from "./kindController";
import {
  certificateAuthorities,
  chaincodes,
  channels,
  configMaps,
  endpointSlices,
  ethereumNetworks,
  identities,
  kafkaTenants,
  type Kind,
  pods,
  rollouts,
  statefulSets,
  systemChannels,
} from "./kinds";
import { MetricsRoots, publishedRoots } from "./metricsRoots";
import { inNamespaceOf, type SeenObjects } from "./objects";
import { PlatformRoots } from "./platformRoots";
import { instanceOf, type SeenPod } from "./pods";
import { PurgedNetworks } from "./purgedNetworks";
import type { Reconciler } from "./reconciler";
import type { Change } from "./reflector";
import { ServerRenewals } from "./renewal/serverRenewals";
import {
  type CertificateAuthority,
  type Channel,
  type ConfigMap,
  type CustomResource,
  type EndpointSlice,
  keyOf,
  type KubernetesObject,
} from "./resources";
import { KafkaSpread } from "./rollouts/kafkaSpread";
import { restartGate } from "./rollouts/restartGate";
import { restartReasons } from "./rollouts/restartReasons";
import { Rollouts } from "./rollouts/rollouts";
import { rollsByItself, UpdateStrategies } from "./rollouts/updateStrategies";
import { Volumes } from "./rollouts/volumes";
import type { Shared } from "./shared";
import { SystemChannels } from "./systemChannels";
import type { WorkQueue } from "./workQueue";

/** A worker: processes the objects whose keys it is given. */
export interface Worker {
  /** Started and stopped with the controller. */
  queue: WorkQueue;
  /** Schedules the object of a key. */
  wake(key: string): void;
}

/** An entry of the table: the worker for the objects of a kind. */
export interface Watch {
  kind: Kind<any>;
  worker: (shared: Shared) => Worker;
  /** The changes that wake it, beside the resync. */
  wokenBy: Trigger[];
}

/**
 * How often channels and chaincodes are looked at anew, in milliseconds: what others change in Fabric itself, no watch of
 * Kubernetes reports.
 */
const recheckEvery = 60_000;

/** The table. */
export const watches: readonly Watch[] = [
  reconciled({
    kind: certificateAuthorities,
    reconciler: ({ authorities }) => authorities,
    concurrency: 4,
    wokenBy: [
      on(certificateAuthorities, specChanged, itself),
      on(configMaps, anyChange, authorityOfRoots),
      // An object that waits for a node is tried again as soon as the node is ready, without waiting for its back-off.
      on(endpointSlices, newlyServed, waitingAuthority),
      // A pod's trouble must show in the objects that need the pod, even if they were ready.
      on(pods, troubleChanged, ofInstance(certificateAuthorities)),
    ],
  }),
  {
    kind: certificateAuthorities,
    worker: (shared) => new CertificateExpiry({ ...shared, readWithin: shared.readCertificatesWithin }),
    wokenBy: [
      on(certificateAuthorities, anyChange, itself),
      // Nodes enrol before they are ready.
      on(endpointSlices, newlyServed, near(certificateAuthorities)),
    ],
  },
  {
    kind: certificateAuthorities,
    worker: (shared) => new GoneIdentities(shared),
    wokenBy: [on(certificateAuthorities, readinessChanged, itself), on(identities, gone, authorityOfIdentity)],
  },
  {
    kind: certificateAuthorities,
    worker: (shared) => new PurgedNetworks(shared),
    wokenBy: [on(certificateAuthorities, readinessChanged, ofPlatform)],
  },
  {
    kind: certificateAuthorities,
    worker: (shared) => new PlatformRoots(shared),
    wokenBy: [
      on(certificateAuthorities, specChanged, itself),
      on(certificateAuthorities, readinessChanged, ofPlatform),
      on(identities, specChanged, ({ key, object }) => (object.spec.issuer === undefined ? [] : [key])),
      // They were published, or a copy was deleted.
      on(configMaps, anyChange, platformRoots),
    ],
  },
  {
    kind: certificateAuthorities,
    worker: (shared) => new MetricsRoots(shared),
    wokenBy: [on(certificateAuthorities, specChanged, itself), on(configMaps, anyChange, publishedRoots)],
  },
  reconciled({
    kind: identities,
    reconciler: (shared) => new Identities(shared),
    concurrency: 4,
    wokenBy: [
      on(identities, specChanged, itself),
      // Another Identity may wait for this one to free their common enrolment ID.
      on(identities, gone, rivals),
      on(certificateAuthorities, readinessChanged, identitiesOf),
      on(pods, troubleChanged, identitiesOfPod),
    ],
  }),
  {
    kind: identities,
    worker: (shared) => new ServerRenewals(shared),
    wokenBy: [
      on(identities, renewalRequested, itself),
      on(pods, enrolledOrEnded, ofInstance(identities)),
      on(certificateAuthorities, readinessChanged, identitiesOf),
    ],
  },
  reconciled({
    kind: kafkaTenants,
    recheckEvery,
    reconciler: ({ tenants }) => tenants,
    // So that no two get one topic.
    concurrency: 1,
    wokenBy: [
      on(kafkaTenants, specChanged, itself),
      on(kafkaTenants, purgeRequested, itself),
      // The system channel's genesis block is made.
      on(configMaps, anyChange, waitingNear(kafkaTenants)),
      // The platform's own: the controller becomes able to speak to Kafka.
      on(certificateAuthorities, readinessChanged, waitingTenants),
      on(identities, readinessChanged, waitingTenants),
    ],
  }),
  reconciled({
    kind: systemChannels,
    recheckEvery,
    reconciler: ({ api, administrators, objects, tenants }) =>
      new SystemChannels(api, administrators, objects, tenants),
    concurrency: 4,
    wokenBy: [
      on(systemChannels, specChanged, itself),
      on(kafkaTenants, specChanged, waitingNear(systemChannels)),
      on(kafkaTenants, readinessChanged, waitingNear(systemChannels)),
      on(configMaps, changedOrGone, near(systemChannels)),
      ...administrationOf(systemChannels),
      on(pods, troubleChanged, waitingNear(systemChannels)),
    ],
  }),
  reconciled({
    kind: channels,
    recheckEvery,
    reconciler: ({ api, administrators, objects, tenants }) => new Channels(api, administrators, objects, tenants),
    concurrency: 4,
    wokenBy: [
      on(channels, specChanged, itself),
      on(configMaps, changedOrGone, channelOfGenesisBlock),
      // A channel waits for its administrators and consenters, and on Kafka for its system channel.
      on(systemChannels, readinessChanged, waitingNear(channels)),
      on(kafkaTenants, readinessChanged, waitingNear(channels)),
      ...administrationOf(channels),
      // A node that comes back may have lost its volume, and with it the channel.
      on(endpointSlices, servedOtherwise, channelsOfNode),
      on(pods, troubleChanged, near(channels)),
    ],
  }),
  reconciled({
    kind: chaincodes,
    recheckEvery,
    reconciler: ({ administrators, services, objects }) =>
      new Chaincodes(administrators, new ChaincodeServers(services, objects), objects),
    concurrency: 4,
    wokenBy: [
      on(chaincodes, specChanged, itself),
      on(channels, specChanged, chaincodesOf),
      on(channels, readinessChanged, chaincodesOf),
      ...administrationOf(chaincodes),
      on(endpointSlices, servedOtherwise, chaincodesUsing),
      on(pods, troubleChanged, near(chaincodes)),
    ],
  }),
  reconciled({
    kind: ethereumNetworks,
    recheckEvery,
    reconciler: (shared) => new EthereumNetworks(shared),
    concurrency: 4,
    wokenBy: [
      on(ethereumNetworks, specChanged, itself),
      // A node has published who it is, or the genesis is gone.
      on(configMaps, changedOrGone, near(ethereumNetworks)),
      on(endpointSlices, newlyServed, waitingNear(ethereumNetworks)),
    ],
  }),
  {
    kind: ethereumNetworks,
    worker: (shared) => new EthereumWatch(shared),
    wokenBy: [on(ethereumNetworks, specChanged, itself)],
  },
  {
    kind: statefulSets,
    worker: (shared) => new UpdateStrategies(shared),
    wokenBy: [on(statefulSets, ({ after }) => after !== undefined && rollsByItself(after), itself)],
  },
  reconciled({
    kind: rollouts,
    reconciler: (shared) =>
      new Rollouts({
        ...shared,
        reasons: restartReasons(shared),
        health: restartGate(shared),
        volumes: new Volumes(shared.api),
        afterwards: new KafkaSpread(shared.platformKafka),
      }),
    concurrency: 4,
    // Certificates become due without any change.
    recheckEvery,
    wokenBy: [
      on(rollouts, specChanged, itself),
      on(identities, renewalRequested, near(rollouts)),
      on(certificateAuthorities, renewalRequested, near(rollouts)),
      on(statefulSets, versionChanged, near(rollouts)),
      on(pods, nodePodChanged, near(rollouts)),
      on(pods, troubleChanged, near(rollouts)),
      on(certificateAuthorities, readinessChanged, waitingNear(rollouts)),
      // No pod is deleted before the roots are there that its successor waits for.
      on(configMaps, anyChange, waitingNear(rollouts)),
    ],
  }),
  {
    kind: rollouts,
    worker: (shared) => new KafkaWatch(shared),
    wokenBy: [on(rollouts, specChanged, itself)],
  },
];

/** An entry for a kind with a {@link Reconciler}, which works on some objects at a time. */
export function reconciled<T extends CustomResource>(entry: {
  kind: Kind<T>;
  reconciler: (shared: Shared) => Reconciler<T>;
  concurrency: number;
  /** Longest time between two looks at an object that is ready, in milliseconds; that of the resync by default. */
  recheckEvery?: number;
  wokenBy: Trigger[];
}): Watch {
  const { kind, reconciler, concurrency, recheckEvery, wokenBy } = entry;
  const worker = (shared: Shared) =>
    new KindController({ ...shared, kind, reconciler: reconciler(shared), concurrency, recheckEvery });
  return { kind, worker, wokenBy };
}

/** The object that has changed. */
export function itself({ key }: Change<unknown>): string[] {
  return [key];
}

/** The authority that has changed, if it says that it is the platform's. */
function ofPlatform({ key, object }: Change<CertificateAuthority>): string[] {
  return object.spec.scope === "platform" ? [key] : [];
}

/** All objects of a kind in the namespace of what has changed. */
export function near(kind: Kind<CustomResource>): Which<KubernetesObject> {
  return ({ object }, objects) => inNamespaceOf(object, objects.list(kind)).map(keyOf);
}

/** {@link near}, but only those that are not ready. */
export function waitingNear(kind: Kind<CustomResource>): Which<KubernetesObject> {
  return ({ object }, objects) =>
    inNamespaceOf(object, objects.list(kind))
      .filter((other) => !isReady(other))
      .map(keyOf);
}

/** What objects of a kind wait for that work on nodes: authorities that administrators enrol with, administrators, and nodes. */
function administrationOf(kind: Kind<CustomResource>): Trigger[] {
  return [
    on(certificateAuthorities, readinessChanged, waitingNear(kind)),
    on(identities, readinessChanged, waitingNear(kind)),
    on(endpointSlices, newlyServed, waitingNear(kind)),
  ];
}

/** The object of a kind that has the name of a pod's node or server, if there is one. */
function ofInstance(kind: Kind<CustomResource>): Which<SeenPod> {
  return ({ object }, objects) => [instanceOf(object)].filter((key) => objects.get(kind, key));
}

/** The channel whose genesis block a ConfigMap holds. */
function channelOfGenesisBlock({ object }: Change<ConfigMap>, objects: SeenObjects): string[] {
  return inNamespaceOf(object, objects.list(channels))
    .filter(({ spec }) => genesisConfigMapName(spec.name) === object.metadata.name)
    .map(keyOf);
}

/** The channels that name the node whose Service it is. */
function channelsOfNode({ object }: Change<EndpointSlice>, objects: SeenObjects): string[] {
  const service = serviceOf(object);
  return inNamespaceOf(object, objects.list(channels))
    .filter((channel) => nodesOf(channel).includes(service))
    .map(keyOf);
}

/** The chaincodes that need the node or the chaincode server whose Service it is. */
function chaincodesUsing({ object }: Change<EndpointSlice>, objects: SeenObjects): string[] {
  const service = serviceOf(object);
  return inNamespaceOf(object, objects.list(chaincodes))
    .filter(({ metadata: { namespace }, spec }) => {
      const channel = objects.get(channels, `${namespace}/${spec.channel}`);
      if (channel === undefined) return false;
      const servers = channel.spec.organizations.map(
        ({ name }) => `${namespace}/${serverOf(spec.package.address, name)}`,
      );
      return [...nodesOf(channel), ...servers].includes(service);
    })
    .map(keyOf);
}

/** Keys of the orderers and peers that a channel names. */
function nodesOf({ metadata: { namespace }, spec }: Channel): string[] {
  const nodes = [...spec.ordering.consenters, ...spec.organizations.flatMap(({ peers }) => peers)];
  return nodes.map(({ name }) => `${namespace}/${name}`);
}

/** The chaincodes of a channel. */
function chaincodesOf({ key }: Change<Channel>, objects: SeenObjects): string[] {
  return objects
    .list(chaincodes)
    .filter(({ metadata, spec }) => `${metadata.namespace}/${spec.channel}` === key)
    .map(keyOf);
}

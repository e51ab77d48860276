import { Administrators } from "./administrators";
import { CertificateAuthorities } from "./certificateAuthorities";
import { CertificateExpiry } from "./certificateExpiry";
import { Chaincodes } from "./chaincodes";
import { Channels } from "./channels";
import { isReady } from "./conditions";
import { Identities } from "./identities";
import { KindController } from "./kindController";
import type { KubernetesApi } from "./kubernetesApi";
import type { Log } from "./log";
import type { Metrics } from "./metrics";
import { Pods } from "./pods";
import { Reflector } from "./reflector";
import {
  type CertificateAuthority,
  type Chaincode,
  type Channel,
  collections,
  type ConfigMap,
  type CustomResource,
  type EndpointSlice,
  genesisName,
  type Identity,
  keyOf,
  type KubernetesObject,
  NETWORK_LABEL,
  SERVICE_LABEL,
  splitKey,
} from "./resources";

/** Every object is looked at again this often, in milliseconds: heals what no watch tells of. */
const RESYNC_EVERY = 10 * 60_000;

/** Options of a {@link Manager}. */
export interface ManagerOptions {
  readonly api: KubernetesApi;
  readonly metrics: Metrics;
  readonly log: Log;
  /** Look at this namespace only; otherwise at all. */
  readonly namespace?: string;
  /** Longest wait before the certificates of a CA are read, in milliseconds, if other than the usual one. */
  readonly readCertificatesWithin?: number;
}

/** Connects watches to queues: decides which objects are looked at again when something changes. */
export class Manager {
  private readonly authorities: Reflector<CertificateAuthority>;
  private readonly identities: Reflector<Identity>;
  private readonly configMaps: Reflector<ConfigMap>;
  private readonly endpoints: Reflector<EndpointSlice>;
  private readonly pods: Pods;
  private readonly channels: Reflector<Channel>;
  private readonly chaincodes: Reflector<Chaincode>;
  private readonly authorityController: KindController<CertificateAuthority>;
  private readonly identityController: KindController<Identity>;
  private readonly channelController: KindController<Channel>;
  private readonly chaincodeController: KindController<Chaincode>;
  private readonly administrators: Administrators;
  private readonly certificateExpiry: CertificateExpiry;
  private readonly seen = new Map<string, string>();
  /** When the pods of a Service were first seen ready, by its key; in milliseconds of {@link performance.now}. */
  private readonly servedSince = new Map<string, number>();

  constructor(private readonly options: ManagerOptions) {
    const { api, metrics, log, namespace } = options;
    this.authorities = new Reflector<CertificateAuthority>({
      api,
      log,
      path: collections.certificateAuthorities(namespace),
      onChange: (authority) => this.authorityChanged(authority),
    });
    this.identities = new Reflector<Identity>({
      api,
      log,
      path: collections.identities(namespace),
      onChange: (identity) => this.identityChanged(identity),
    });
    this.configMaps = new Reflector<ConfigMap>({
      api,
      log,
      path: collections.configMaps(namespace),
      keep: ({ metadata }) => ({ metadata }),
      labelSelector: "app.kubernetes.io/managed-by in (baas-enrol,baas-controller)",
      onChange: (configMap) => this.configMapChanged(configMap),
    });
    this.pods = new Pods({
      api,
      log,
      ...(namespace ? { namespace } : {}),
      onChange: (node) => this.troubleChanged(node),
    });
    this.endpoints = new Reflector<EndpointSlice>({
      api,
      log,
      path: collections.endpointSlices(namespace),
      labelSelector: NETWORK_LABEL,
      onChange: (slice) => this.endpointsChanged(slice),
    });
    this.channels = new Reflector<Channel>({
      api,
      log,
      path: collections.channels(namespace),
      onChange: (channel) => this.channelChanged(channel),
    });
    this.chaincodes = new Reflector<Chaincode>({
      api,
      log,
      path: collections.chaincodes(namespace),
      onChange: (chaincode) => {
        const key = keyOf(chaincode);
        if (this.isNew("Chaincode", chaincode, this.chaincodes.get(key))) this.chaincodeController.queue.add(key);
      },
    });
    const trouble = (node: string) => this.pods.trouble(node);
    const authorityReconciler = new CertificateAuthorities(api, { trouble });
    this.authorityController = new KindController({
      api,
      metrics,
      log,
      reconciler: authorityReconciler,
      objects: this.authorities,
      collection: collections.certificateAuthorities,
      concurrency: 4,
    });
    this.identityController = new KindController({
      api,
      metrics,
      log,
      reconciler: new Identities(api, authorityReconciler, {
        authority: (key) => this.authorities.get(key),
        identities: () => this.identities.list(),
        trouble,
      }),
      objects: this.identities,
      collection: collections.identities,
      concurrency: 4,
    });
    this.administrators = new Administrators(api, authorityReconciler, {
      authority: (key) => this.authorities.get(key),
      identity: (key) => this.identities.get(key),
    });
    this.certificateExpiry = new CertificateExpiry({
      authorities: authorityReconciler,
      sources: {
        authority: (key) => this.authorities.get(key),
        authorities: () => this.authorities.list(),
        identities: () => this.identities.list(),
      },
      metrics,
      log,
      readWithin: options.readCertificatesWithin,
    });
    this.channelController = new KindController({
      api,
      metrics,
      log,
      reconciler: new Channels(api, this.administrators, { identity: (key) => this.identities.get(key), trouble }),
      objects: this.channels,
      collection: collections.channels,
      concurrency: 4,
    });
    this.chaincodeController = new KindController({
      api,
      metrics,
      log,
      reconciler: new Chaincodes(this.administrators, {
        channel: (key) => this.channels.get(key),
        servedFor: (service) => this.servedFor(service),
        trouble,
      }),
      objects: this.chaincodes,
      collection: collections.chaincodes,
      concurrency: 4,
    });
  }

  private get controllers() {
    return [
      this.authorityController,
      this.identityController,
      this.channelController,
      this.chaincodeController,
      this.certificateExpiry,
    ];
  }

  /** Reconciles until `signal` is aborted, then finishes what is under way. */
  async run(signal: AbortSignal): Promise<void> {
    const reflectors = [
      this.authorities,
      this.identities,
      this.configMaps,
      this.endpoints,
      this.pods,
      this.channels,
      this.chaincodes,
    ];
    const watching = reflectors.map((reflector) => reflector.run(signal));
    await Promise.race([Promise.all(reflectors.map(({ synced }) => synced)), aborted(signal)]);
    if (!signal.aborted) {
      this.options.log.info("reconciling", {
        certificateAuthorities: this.authorities.list().length,
        identities: this.identities.list().length,
        channels: this.channels.list().length,
        chaincodes: this.chaincodes.list().length,
      });
      for (const { queue } of this.controllers) queue.start();
    }
    const resync = setInterval(() => this.resync(), RESYNC_EVERY);
    await aborted(signal);
    clearInterval(resync);
    await Promise.all([...this.controllers.map(({ queue }) => queue.stop()), ...watching]);
  }

  private authorityChanged(authority: CertificateAuthority): void {
    const key = keyOf(authority);
    this.certificateExpiry.readSoon(key);
    if (this.isNew("CertificateAuthority", authority, this.authorities.get(key))) {
      this.authorityController.queue.add(key);
    }
    if (!this.readinessChanged("CertificateAuthority", authority, this.authorities.get(key))) return;
    this.wakeChannels(authority.metadata.namespace);
    for (const identity of this.identities.list()) {
      if (`${identity.metadata.namespace}/${identity.spec.certificateAuthority}` === key) {
        this.identityController.queue.add(keyOf(identity));
      }
    }
  }

  private identityChanged(identity: Identity): void {
    const key = keyOf(identity);
    if (!this.identities.get(key)) this.administrators.forget(key);
    // A channel waits for its administrators and consenters.
    if (this.readinessChanged("Identity", identity, this.identities.get(key))) {
      this.wakeChannels(identity.metadata.namespace);
    }
    if (!this.isNew("Identity", identity, this.identities.get(key))) return;
    this.identityController.queue.add(key);
    // One of the same enrolment ID may have been waiting for this one to go.
    if (this.identities.get(key)) return;
    for (const other of this.identities.list()) {
      const sameCa = other.spec.certificateAuthority === identity.spec.certificateAuthority;
      const sameNamespace = other.metadata.namespace === identity.metadata.namespace;
      if (sameNamespace && sameCa && other.spec.enrolmentId === identity.spec.enrolmentId) {
        this.identityController.queue.add(keyOf(other));
      }
    }
  }

  private channelChanged(channel: Channel): void {
    const key = keyOf(channel);
    const isNew = this.isNew("Channel", channel, this.channels.get(key));
    if (isNew) this.channelController.queue.add(key);
    if (!this.readinessChanged("Channel", channel, this.channels.get(key)) && !isNew) return;
    for (const chaincode of this.chaincodes.list()) {
      const { namespace } = chaincode.metadata;
      if (`${namespace}/${chaincode.spec.channel}` === key) this.chaincodeController.queue.add(keyOf(chaincode));
    }
  }

  /** Roots concern their CA; a genesis block that is changed or gone concerns its channel. */
  private configMapChanged(configMap: ConfigMap): void {
    const { namespace, name } = configMap.metadata;
    const roots = /^(.+)-roots$/.exec(name);
    if (roots) this.authorityController.queue.add(`${namespace}/${roots[1]}`);
    const key = `ConfigMap ${keyOf(configMap)}`;
    const isNew = !this.seen.has(key);
    if (this.configMaps.get(keyOf(configMap))) this.seen.set(key, "");
    else this.seen.delete(key);
    if (isNew) return;
    for (const channel of this.channels.list()) {
      const isIts = channel.metadata.namespace === namespace && genesisName(channel.spec.name) === name;
      if (isIts) this.channelController.queue.add(keyOf(channel));
    }
  }

  /** What a node's or server's pods cannot do shows at whatever needs them, even if that was ready. */
  private troubleChanged(node: string): void {
    const { namespace } = splitKey(node);
    if (this.authorities.get(node)) this.authorityController.queue.add(node);
    if (this.identities.get(node)) this.identityController.queue.add(node);
    const isNear = (object: CustomResource) => object.metadata.namespace === namespace;
    for (const channel of this.channels.list().filter(isNear)) this.channelController.queue.add(keyOf(channel));
    for (const chaincode of this.chaincodes.list().filter(isNear)) this.chaincodeController.queue.add(keyOf(chaincode));
  }

  /** What could not reach a node is looked at again as soon as the node is ready, rather than after its back-off. */
  private endpointsChanged(slice: EndpointSlice): void {
    const key = `endpoints ${keyOf(slice)}`;
    const ready = (slice.endpoints ?? [])
      .filter(({ conditions }) => (conditions?.serving ?? conditions?.ready) !== false)
      .flatMap(({ addresses }) => addresses)
      .join(" ");
    const service = serviceOf(slice);
    if (!this.endpoints.list().some((each) => serviceOf(each) === service && hasReadyPod(each))) {
      this.servedSince.delete(service);
    } else if (!this.servedSince.has(service)) this.servedSince.set(service, performance.now());
    if (!this.endpoints.get(keyOf(slice))) this.seen.delete(key);
    else if (this.seen.get(key) !== ready) {
      this.seen.set(key, ready);
      if (ready === "") return;
      const { namespace } = slice.metadata;
      const authority = this.authorities.get(service);
      if (authority && !isReady(authority)) this.authorityController.queue.add(keyOf(authority));
      this.wakeChannels(namespace);
      // Nodes enrol before they are ready.
      this.certificateExpiry.readSoonIn(namespace);
    }
  }

  private servedFor(service: string): number | undefined {
    const since = this.servedSince.get(service);
    return since === undefined ? undefined : performance.now() - since;
  }

  /** Has the channels and chaincodes of a namespace looked at that are not ready. */
  private wakeChannels(namespace: string): void {
    const isWaiting = (object: CustomResource) => object.metadata.namespace === namespace && !isReady(object);
    for (const channel of this.channels.list().filter(isWaiting)) this.channelController.queue.add(keyOf(channel));
    for (const chaincode of this.chaincodes.list().filter(isWaiting)) {
      this.chaincodeController.queue.add(keyOf(chaincode));
    }
  }

  /** Whether an object has become ready, or is not any more, since it was last seen; another generation is another time. */
  private readinessChanged(kind: string, object: CustomResource, current: KubernetesObject | undefined): boolean {
    const key = `ready ${kind} ${keyOf(object)}`;
    const now = current !== undefined && isReady(object) ? `ready ${object.metadata.generation}` : "";
    if ((this.seen.get(key) ?? "") === now) return false;
    if (current) this.seen.set(key, now);
    else this.seen.delete(key);
    return true;
  }

  /** Whether more than the status changed: what the controller writes itself must not wake it up. */
  private isNew(kind: string, object: CustomResource, current: KubernetesObject | undefined): boolean {
    const key = `${kind} ${keyOf(object)}`;
    if (!current) return this.seen.delete(key);
    const { uid, generation, labels } = object.metadata;
    const print = `${uid} ${generation} ${labels?.[NETWORK_LABEL]}`;
    if (this.seen.get(key) === print) return false;
    this.seen.set(key, print);
    return true;
  }

  private resync(): void {
    for (const authority of this.authorities.list()) this.authorityController.queue.add(keyOf(authority));
    for (const authority of this.authorities.list()) this.certificateExpiry.readSoon(keyOf(authority));
    for (const identity of this.identities.list()) this.identityController.queue.add(keyOf(identity));
    for (const channel of this.channels.list()) this.channelController.queue.add(keyOf(channel));
    for (const chaincode of this.chaincodes.list()) this.chaincodeController.queue.add(keyOf(chaincode));
  }
}

/** Key of the Service that a slice is of. */
const serviceOf = ({ metadata }: EndpointSlice): string => `${metadata.namespace}/${metadata.labels?.[SERVICE_LABEL]}`;

const hasReadyPod = ({ endpoints }: EndpointSlice): boolean =>
  (endpoints ?? []).some(({ conditions }) => conditions?.ready !== false);

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

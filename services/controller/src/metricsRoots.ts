/** Tells the platform's Prometheus which roots to trust when it reads the metrics of nodes: those of all CAs. */
import { operationsCaName, rootKeyOf, rootKeys } from "../../../model/contracts/certificateAuthority";
import { managedLabels } from "../../../model/contracts/labels";
import { metricsRootsKey, metricsRootsName } from "../../../model/contracts/monitoring";
import { authorityOfRoots, controllerName, rootsConfigMapName } from "../../../model/contracts/names";
import { parseCertificate } from "../../common/certificates";
import type { KubernetesApi } from "../../common/kubernetes/kubernetesApi";
import { unlessMissing } from "../../common/kubernetes/request";
import type { Log } from "../../common/log";
import { certificateAuthorities } from "./kinds";
import type { SeenObjects } from "./objects";
import type { Change } from "./reflector";
import { type CertificateAuthority, collections, type ConfigMap, type KubernetesObject } from "./resources";
import { retryingQueue, type WorkQueue } from "./workQueue";

/** Waits after failures, in milliseconds. */
const shortestWait = 250;
const longestWait = 30_000;

/** Options of {@link MetricsRoots}. */
export interface MetricsRootsOptions {
  api: KubernetesApi;
  objects: SeenObjects;
  log: Log;
  /** Namespace of the platform, and of its Prometheus. */
  platformNamespace: string;
}

/**
 * Keeps the ConfigMap with the TLS roots of all organizations up to date: networks come and go without a change of the platform. A root
 * that somebody put there as their own is good for the servers of metrics alone, which hear nothing from Prometheus but that it asks.
 */
export class MetricsRoots {
  readonly queue: WorkQueue;

  constructor(private readonly options: MetricsRootsOptions) {
    this.queue = retryingQueue({
      work: () => this.work(),
      concurrency: 1,
      shortest: shortestWait,
      longest: longestWait,
      log: options.log,
      failure: "cannot tell Prometheus the roots of all networks",
    });
  }

  /** Schedules the one ConfigMap, whatever has changed. */
  wake(): void {
    this.queue.add(`${this.options.platformNamespace}/${metricsRootsName}`);
  }

  private async work(): Promise<void> {
    const { api, objects, platformNamespace } = this.options;
    const authorities = objects.list(certificateAuthorities);
    // There is no platform yet whose Prometheus could ask.
    if (!authorities.some(({ metadata }) => metadata.namespace === platformNamespace)) return;
    const found = await Promise.all(authorities.map((authority) => this.rootOf(authority)));
    const roots = [...new Set(found.flatMap((root) => root ?? []))].sort();
    const data = { [metricsRootsKey]: roots.join("") };
    const collection = collections.configMaps(platformNamespace);
    const there = await unlessMissing(api.call<ConfigMap>("GET", `${collection}/${metricsRootsName}`));
    if (!there) {
      const labels = managedLabels(controllerName, undefined);
      const metadata = { name: metricsRootsName, namespace: platformNamespace, labels };
      await api.call("POST", collection, { body: { apiVersion: "v1", kind: "ConfigMap", metadata, data } });
    } else if (there.data?.[metricsRootsKey] !== data[metricsRootsKey]) {
      const { resourceVersion } = there.metadata;
      await api.call("PATCH", `${collection}/${metricsRootsName}`, {
        contentType: "application/merge-patch+json",
        body: { metadata: { resourceVersion }, data },
      });
    }
  }

  /** The root of an authority's servers, as it has published it; undefined if it has not. */
  private async rootOf({ metadata, spec }: CertificateAuthority): Promise<string | undefined> {
    const { api, platformNamespace } = this.options;
    const { name, namespace } = metadata;
    const isPlatforms = namespace === platformNamespace && spec.scope === "platform";
    const path = `${collections.configMaps(namespace)}/${rootsConfigMapName(name)}`;
    const published = await unlessMissing(api.call<ConfigMap>("GET", path));
    const root = parseCertificate(published?.data?.[isPlatforms ? rootKeyOf(operationsCaName) : rootKeys.tls]);
    return root?.ca ? root.toString() : undefined;
  }
}

/** The roots of an authority that have changed. */
export function publishedRoots({ key, object: { metadata } }: Change<KubernetesObject>): string[] {
  return authorityOfRoots(metadata.name) === undefined ? [] : [key];
}

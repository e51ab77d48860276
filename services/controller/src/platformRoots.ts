/** Gives every network the roots of the platform's CAs, which its nodes trust from their first start. */
import { caNamesOf, rootKeyOf } from "../../../model/contracts/certificateAuthority";
import { managedLabels, networkLabel } from "../../../model/contracts/labels";
import { controllerName, rootsConfigMapName } from "../../../model/contracts/names";
import { platformCaName } from "../../../model/contracts/platformCa";
import { messageOf } from "../../common/failure";
import type { KubernetesApi } from "../../common/kubernetes/kubernetesApi";
import { ApiError, unlessMissing } from "../../common/kubernetes/request";
import type { Log } from "../../common/log";
import { certificateAuthorities, identities } from "./kinds";
import type { SeenObjects } from "./objects";
import { collections, type ConfigMap, splitKey } from "./resources";
import { WorkQueue } from "./workQueue";

/** Waits after failures, in milliseconds. */
const shortestWait = 250;
const longestWait = 30_000;

const rootsName = rootsConfigMapName(platformCaName);
const keys = caNamesOf.platform.map(rootKeyOf);

/** Options of {@link PlatformRoots}. */
export interface PlatformRootsOptions {
  api: KubernetesApi;
  objects: SeenObjects;
  log: Log;
  /** Namespace of the platform's CA. */
  platformNamespace: string;
}

/**
 * Copies the ConfigMap with the roots of the platform's CAs into the namespaces of networks, once. Pods wait for it. It never replaces
 * a copy: other roots mean that the platform's CA has lost its volume, and nodes would trust whatever is there now.
 */
export class PlatformRoots {
  readonly queue = new WorkQueue({
    work: (namespace) => this.work(namespace),
    concurrency: 4,
    shortest: shortestWait,
    longest: longestWait,
  });

  /** Namespaces whose copy is another one, so that each is logged once. */
  private readonly differing = new Set<string>();

  constructor(private readonly options: PlatformRootsOptions) {}

  /** Schedules the namespace of an object; all of them, if the platform's roots have been published. */
  wake(key: string): void {
    const { platformNamespace, objects } = this.options;
    const { namespace } = splitKey(key);
    if (namespace !== platformNamespace) return this.queue.add(namespace);
    const all = [...objects.list(certificateAuthorities), ...objects.list(identities)];
    for (const name of new Set(all.map(({ metadata }) => metadata.namespace))) {
      if (name !== platformNamespace) this.queue.add(name);
    }
  }

  private async work(namespace: string): Promise<void> {
    const { api, log, platformNamespace, objects } = this.options;
    const [own] = [...objects.list(certificateAuthorities), ...objects.list(identities)].filter(
      ({ metadata }) => metadata.namespace === namespace,
    );
    if (!own) return this.queue.forget(namespace);
    try {
      const published = await read(api, platformNamespace);
      // A watch reports when they are published.
      if (published) await this.copy(namespace, published, own.metadata.labels?.[networkLabel]);
      this.queue.forget(namespace);
    } catch (error) {
      const retryInMs = this.queue.addRateLimited(namespace);
      log.warn("cannot give a network the roots of the platform", { namespace, cause: messageOf(error), retryInMs });
    }
  }

  private async copy(namespace: string, { data }: ConfigMap, network: string | undefined): Promise<void> {
    const { api, log } = this.options;
    const there = await read(api, namespace);
    if (!there) {
      const metadata = { name: rootsName, namespace, labels: managedLabels(controllerName, network) };
      const wanted = { apiVersion: "v1", kind: "ConfigMap", metadata, data: Object.fromEntries(roots(data)) };
      await api.call("POST", collections.configMaps(namespace), { body: wanted }).catch((error: unknown) => {
        if (!(error instanceof ApiError && error.status === 409)) throw error;
      });
      return;
    }
    if (roots(data).every(([key, root]) => there.data?.[key] === root)) {
      this.differing.delete(namespace);
    } else if (!this.differing.has(namespace)) {
      this.differing.add(namespace);
      log.error(
        `ConfigMap ${rootsName} has other roots than the platform's CA: restore the volume of the platform's CA from a backup`,
        { namespace },
      );
    }
  }
}

/** The roots in a ConfigMap, with their keys. */
const roots = (data: ConfigMap["data"]): [string, string][] => keys.map((key) => [key, data?.[key] ?? ""]);

function read(api: KubernetesApi, namespace: string): Promise<ConfigMap | undefined> {
  return unlessMissing(api.call<ConfigMap>("GET", `${collections.configMaps(namespace)}/${rootsName}`));
}

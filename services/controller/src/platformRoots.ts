/** Gives every network the roots of the platform's CAs, which its nodes trust from their first start. */
import type { X509Certificate } from "node:crypto";

import { caNamesOf, rootKeyOf } from "../../../model/contracts/certificateAuthority";
import { managedLabels, networkLabel } from "../../../model/contracts/labels";
import { controllerName, rootsConfigMapName } from "../../../model/contracts/names";
import { platformCaName } from "../../../model/contracts/platformCa";
import { parseCertificate } from "../../common/certificates";
import type { KubernetesApi } from "../../common/kubernetes/kubernetesApi";
import { ApiError, unlessMissing } from "../../common/kubernetes/request";
import type { Log } from "../../common/log";
import { isReady } from "./conditions";
import { certificateAuthorities, identities } from "./kinds";
import type { SeenObjects } from "./objects";
import { collections, type ConfigMap, splitKey } from "./resources";
import { retryingQueue, type WorkQueue } from "./workQueue";

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
 * Copies the ConfigMap with the roots of the platform's CAs into the namespaces of networks, once, when the CA has shown that it has these
 * roots. Pods wait for it. It never replaces a root: another one means that the platform's CA has lost its volume, and nodes would trust
 * whatever is there now. What is no root is trusted by nobody, and is replaced.
 */
export class PlatformRoots {
  readonly queue: WorkQueue;

  constructor(private readonly options: PlatformRootsOptions) {
    this.queue = retryingQueue({
      work: (key) => this.work(key),
      concurrency: 4,
      shortest: shortestWait,
      longest: longestWait,
      log: options.log,
      failure: "cannot give a network the roots of the platform",
    });
  }

  /** Schedules the namespace of an object; all of them, if it is one of the platform's: the roots, or the CA. */
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
    const { api, platformNamespace, objects } = this.options;
    const [own] = [...objects.list(certificateAuthorities), ...objects.list(identities)].filter(
      ({ metadata }) => metadata.namespace === namespace,
    );
    if (!own) return;
    const published = rootsIn(await read(api, platformNamespace));
    // Watches report when they are published, and when the CA is ready.
    if (!keys.every((key) => published[key]) || !this.isTrusted()) return;
    await this.copy(namespace, published as Record<string, X509Certificate>, own.metadata.labels?.[networkLabel]);
  }

  /** Whether the platform's CA answers, and has the roots that it has published. */
  private isTrusted(): boolean {
    const { platformNamespace, objects } = this.options;
    const authority = objects.get(certificateAuthorities, `${platformNamespace}/${platformCaName}`);
    return authority !== undefined && isReady(authority);
  }

  private async copy(
    namespace: string,
    published: Record<string, X509Certificate>,
    network: string | undefined,
  ): Promise<void> {
    const { api, log } = this.options;
    const there = await read(api, namespace);
    const data = Object.fromEntries(keys.map((key) => [key, published[key]!.toString()]));
    if (!there) {
      const metadata = { name: rootsName, namespace, labels: managedLabels(controllerName, network) };
      const wanted = { apiVersion: "v1", kind: "ConfigMap", metadata, data };
      await api.call("POST", collections.configMaps(namespace), { body: wanted }).catch((error: unknown) => {
        if (!(error instanceof ApiError && error.status === 409)) throw error;
      });
    } else if (!hasOtherRoots(there, { data }) && keys.some((key) => rootsIn(there)[key] === undefined)) {
      const { resourceVersion } = there.metadata;
      await api.call("PATCH", `${collections.configMaps(namespace)}/${rootsName}`, {
        contentType: "application/merge-patch+json",
        body: { metadata: { resourceVersion }, data },
      });
      log.warn(`replaced what was no root in ConfigMap ${rootsName}`, { namespace });
    }
  }
}

/** Whether a copy of the platform's roots has a root that the platform has not published. */
export function hasOtherRoots(copy: Pick<ConfigMap, "data">, published: Pick<ConfigMap, "data">): boolean {
  const [there, wanted] = [rootsIn(copy), rootsIn(published)];
  // As texts: a second root after the first would be trusted, too.
  return keys.some((key) => there[key] && copy.data![key]!.trim() !== wanted[key]?.toString().trim());
}

/** The roots in a ConfigMap by their keys; what is no certificate of a CA is none. */
function rootsIn(configMap: Pick<ConfigMap, "data"> | undefined): Record<string, X509Certificate | undefined> {
  const rootOf = (key: string): X509Certificate | undefined => {
    const certificate = parseCertificate(configMap?.data?.[key]);
    return certificate?.ca ? certificate : undefined;
  };
  return Object.fromEntries(keys.map((key) => [key, rootOf(key)]));
}

function read(api: KubernetesApi, namespace: string): Promise<ConfigMap | undefined> {
  return unlessMissing(api.call<ConfigMap>("GET", `${collections.configMaps(namespace)}/${rootsName}`));
}

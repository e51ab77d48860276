/** The renewal of chaincode servers, which Deployments run. */
import { renewedAnnotation } from "../../../../model/contracts/annotations";
import { roleLabel } from "../../../../model/contracts/labels";
import { controllerName } from "../../../../model/contracts/names";
import { messageOf } from "../../../common/failure";
import type { KubernetesApi } from "../../../common/kubernetes/kubernetesApi";
import type { Log } from "../../../common/log";
import { writeEvent } from "../events";
import { identities, pods } from "../kinds";
import type { SeenObjects } from "../objects";
import { instanceOf } from "../pods";
import { collections, type Identity, keyOf } from "../resources";
import { retryingQueue, type WorkQueue } from "../workQueue";
import type { Renewal, Renewals } from "./renewals";

/** Waits after failures, in milliseconds. */
const shortestWait = 1_000;
const longestWait = 5 * 60_000;

/** Options of {@link ServerRenewals}. */
export interface ServerRenewalsOptions {
  api: KubernetesApi;
  objects: SeenObjects;
  renewals: Pick<Renewals, "of">;
  now: () => number;
  log: Log;
}

/**
 * Renews the certificates of chaincode servers. A server's key and certificate are in its pod's memory, so that a new pod has new ones:
 * an annotation on the pod template has the Deployment replace its pods, each before the one that it replaces ends. The annotation
 * has the time of the renewal for its value, so that it may be written again and again. Whoever applies the Deployment does not
 * own the annotation, and leaves it.
 */
export class ServerRenewals {
  readonly queue: WorkQueue;
  /** Which restart was last announced, by key. */
  private readonly announced = new Map<string, number>();

  constructor(private readonly options: ServerRenewalsOptions) {
    this.queue = retryingQueue({
      work: (key) => this.work(key),
      concurrency: 2,
      shortest: shortestWait,
      longest: longestWait,
      log: options.log,
      failure: "cannot renew a chaincode server",
    });
  }

  /** Schedules a look at the server of an Identity. */
  wake(key: string): void {
    this.queue.add(key);
  }

  private async work(key: string): Promise<void> {
    const { objects, renewals, now } = this.options;
    const identity = objects.get(identities, key);
    const isServer = objects
      .list(pods)
      .some((pod) => !pod.ended && instanceOf(pod) === key && pod.metadata.labels?.[roleLabel] === "chaincode");
    if (!identity || !isServer) return;
    const renewal = await renewals.of(key);
    if (renewal?.restart) await this.restart(identity, renewal.restart);
    if (renewal) this.queue.addAfter(key, Math.max(renewal.lookAt - now(), shortestWait));
  }

  private async restart(identity: Identity, restart: NonNullable<Renewal["restart"]>): Promise<void> {
    const { api, log } = this.options;
    const { namespace, name } = identity.metadata;
    const { reason, message, since } = restart;
    const annotations = { [renewedAnnotation]: new Date(since).toISOString() };
    const path = `${collections.deployments(namespace)}/${name}`;
    await api.call("PATCH", path, {
      contentType: "application/merge-patch+json",
      query: { fieldManager: controllerName },
      body: { spec: { template: { metadata: { annotations } } } },
    });
    if (this.announced.get(keyOf(identity)) === since) return;
    this.announced.set(keyOf(identity), since);
    log.info("renews the certificates of a chaincode server", { key: keyOf(identity), reason, message });
    const outcome = { ready: reason !== "RenewalFailed", reason, message };
    await writeEvent(api, "Identity", identity, outcome, new Date(this.options.now())).catch((error: unknown) =>
      log.warn("cannot write an event", { key: keyOf(identity), cause: messageOf(error) }),
    );
  }
}

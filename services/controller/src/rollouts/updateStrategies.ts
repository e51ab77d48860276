/** Takes the StatefulSets of networks that an earlier release made out of Kubernetes' own rolling update. */
import { type Role, roleLabel } from "../../../../model/contracts/labels";
import type { KubernetesApi } from "../../../common/kubernetes/kubernetesApi";
import { unlessMissing } from "../../../common/kubernetes/request";
import type { Log } from "../../../common/log";
import { statefulSets } from "../kinds";
import type { SeenObjects } from "../objects";
import { collections, splitKey, type StatefulSet } from "../resources";
import { retryingQueue, type WorkQueue } from "../workQueue";

/** Shortest and longest wait after a failure, in milliseconds. */
const shortestWait = 250;
const longestWait = 30_000;

/** Options of {@link UpdateStrategies}. */
export interface UpdateStrategiesOptions {
  api: KubernetesApi;
  objects: SeenObjects;
  log: Log;
}

/** The API server has no ledger: Kubernetes restarts it. */
const mayRollByItself: Role = "api";

/** Whether Kubernetes itself restarts the pods of a StatefulSet, and should not. */
export const rollsByItself = ({ metadata, spec }: StatefulSet): boolean =>
  spec?.updateStrategy?.type === "RollingUpdate" && metadata.labels?.[roleLabel] !== mayRollByItself;

/**
 * Gives StatefulSets the update strategy OnDelete. Server-side apply, as Pulumi and `apply` use it, cannot do that: the API server
 * has filled in `rollingUpdate`, nobody owns that field, so it stays, and OnDelete does not allow it.
 */
export class UpdateStrategies {
  readonly queue: WorkQueue;

  constructor(private readonly options: UpdateStrategiesOptions) {
    this.queue = retryingQueue({
      work: (key) => this.work(key),
      concurrency: 1,
      shortest: shortestWait,
      longest: longestWait,
      log: options.log,
      failure: "cannot set the update strategy OnDelete",
    });
  }

  /** Schedules a StatefulSet. */
  wake(key: string): void {
    this.queue.add(key);
  }

  private async work(key: string): Promise<void> {
    const { api, objects } = this.options;
    const set = objects.get(statefulSets, key);
    if (set === undefined || !rollsByItself(set)) return;
    const { namespace, name } = splitKey(key);
    const body = { spec: { updateStrategy: { type: "OnDelete", rollingUpdate: null } } };
    const path = `${collections.statefulSets(namespace)}/${name}`;
    await unlessMissing(api.call("PATCH", path, { contentType: "application/merge-patch+json", body }));
  }
}

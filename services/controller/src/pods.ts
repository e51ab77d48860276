import type { KubernetesApi } from "./kubernetesApi";
import type { Log } from "./log";
import { type Pod, type Trouble, troubleOf } from "./podTrouble";
import { Reflector } from "./reflector";
import { collections, INSTANCE_LABEL, keyOf, type KubernetesObject, NETWORK_LABEL } from "./resources";

/** Options of {@link Pods}. */
export interface PodsOptions {
  readonly api: KubernetesApi;
  readonly log: Log;
  /** Look at this namespace only; otherwise at all. */
  readonly namespace?: string;
  /** Called when a node or server, `namespace/name`, has got into trouble or out of it. */
  readonly onChange: (instance: string) => void;
}

/** All that is kept of a pod: a network has many, and each is some ten kilobytes. */
interface SeenPod extends KubernetesObject {
  readonly trouble?: Trouble;
}

/** Watches the pods of all networks for those that cannot run. */
export class Pods {
  private readonly reflector: Reflector<SeenPod>;
  /** What was last told of each pod. */
  private readonly told = new Map<string, string>();

  constructor(private readonly options: PodsOptions) {
    const { api, log, namespace } = options;
    this.reflector = new Reflector<SeenPod>({
      api,
      log,
      path: collections.pods(namespace),
      labelSelector: NETWORK_LABEL,
      keep: seen,
      onChange: (pod) => this.changed(pod),
    });
  }

  get synced(): Promise<void> {
    return this.reflector.synced;
  }

  run(signal: AbortSignal): Promise<void> {
    return this.reflector.run(signal);
  }

  /**
   * What keeps the pods of a node or server from running.
   *
   * @param instance - `namespace/name`, such as `dev/peer0-org1`
   */
  trouble(instance: string): Trouble | undefined {
    return this.reflector.list().find((pod) => pod.trouble !== undefined && instanceOf(pod) === instance)?.trouble;
  }

  private changed(pod: SeenPod): void {
    const key = keyOf(pod);
    const { trouble } = this.reflector.get(key) ?? {};
    const now = trouble === undefined ? "" : `${trouble.reason} ${trouble.container}`;
    if ((this.told.get(key) ?? "") === now) return;
    if (now === "") this.told.delete(key);
    else this.told.set(key, now);
    this.options.onChange(instanceOf(pod));
  }
}

function seen(pod: Pod): SeenPod {
  const { name, namespace, resourceVersion, labels } = pod.metadata;
  const trouble = troubleOf(pod);
  return {
    metadata: {
      name,
      namespace,
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      labels: { [INSTANCE_LABEL]: labels?.[INSTANCE_LABEL] ?? "" },
    },
    ...(trouble === undefined ? {} : { trouble }),
  };
}

const instanceOf = ({ metadata }: SeenPod): string => `${metadata.namespace}/${metadata.labels?.[INSTANCE_LABEL]}`;

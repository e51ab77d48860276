/** Local copies of objects in the cluster, kept up to date by watches. */
import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

import { type Api, ApiError, type ListOptions } from "./api";
import type { KubernetesObject, ResourceType, TypedObject } from "./kubernetesObject";

/** Objects of several kinds and namespaces, kept up to date. */
export class ObjectMirrors {
  private readonly mirrors = new Map<string, Mirror>();
  private readonly stop = new AbortController();
  private readonly signal: AbortSignal;
  private wake = (): void => undefined;

  /**
   * @param signal - ends the watching, as {@link close} does
   */
  constructor(
    private readonly api: Api,
    signal: AbortSignal,
  ) {
    this.signal = AbortSignal.any([signal, this.stop.signal]);
    // A watch for each kind and namespace.
    setMaxListeners(0, this.signal);
  }

  /** Adds the objects of a kind in a namespace, or cluster-wide ones; adding them twice has no effect. */
  add(type: ResourceType, namespace: string | undefined, options: ListOptions = {}): void {
    const key = mirrorKey(type, namespace);
    if (this.mirrors.has(key)) return;
    const selected = { ...(namespace !== undefined && { namespace }), ...options };
    this.mirrors.set(key, new Mirror(this.api, type, selected, () => this.wake()));
  }

  /**
   * Fills the copies and keeps them up to date until {@link close}.
   *
   * @throws {@link ApiError} when objects may not be listed
   */
  async follow(): Promise<void> {
    await Promise.all([...this.mirrors.values()].map((each) => each.follow(this.signal)));
  }

  /** The present state of an object, if it exists. */
  live({ type, object: { metadata } }: TypedObject): KubernetesObject | undefined {
    return this.mirrors.get(mirrorKey(type, metadata.namespace))?.find(metadata.name, metadata.namespace);
  }

  /** All objects of a kind. */
  all(plural: string): KubernetesObject[] {
    return [...this.mirrors.values()].flatMap((each) => (each.type.plural === plural ? each.all() : []));
  }

  /**
   * Waits for a change, a second at most.
   *
   * @param burst - changes within these milliseconds count as one
   */
  async nextChange(burst: number): Promise<void> {
    const changed = new Promise<void>((resolve) => (this.wake = resolve));
    await Promise.all([pause(burst, this.signal), Promise.race([changed, pause(1000, this.signal)])]);
  }

  /** Ends the watching. */
  close(): void {
    this.stop.abort();
  }
}

function mirrorKey({ apiVersion, plural }: ResourceType, namespace: string | undefined): string {
  return `${apiVersion}/${plural}/${namespace ?? ""}`;
}

class Mirror {
  private readonly objects = new Map<string, KubernetesObject>();

  /**
   * @param onChange - called after each change; also at the beginning
   */
  constructor(
    private readonly api: Api,
    readonly type: ResourceType,
    private readonly options: ListOptions,
    private readonly onChange: () => void,
  ) {}

  all(): KubernetesObject[] {
    return [...this.objects.values()];
  }

  find(name: string, namespace?: string): KubernetesObject | undefined {
    return this.objects.get(`${namespace ?? ""}/${name}`);
  }

  /** Returns when the copy is filled for the first time; keeps it up to date until the signal. */
  async follow(signal: AbortSignal): Promise<void> {
    let version = await this.fill();
    void (async () => {
      while (!signal.aborted) {
        try {
          version = await this.watchFrom(version, signal);
        } catch {
          // The resource version is too old, or the server is briefly unavailable: list again.
          await pause(1000, signal);
          version = await this.fill().catch(() => version);
        }
      }
    })();
  }

  private async fill(): Promise<string> {
    const { items, resourceVersion } = await this.api.list(this.type, this.options);
    this.objects.clear();
    for (const item of items) this.objects.set(nameKey(item), item);
    this.onChange();
    return resourceVersion;
  }

  private async watchFrom(resourceVersion: string, signal: AbortSignal): Promise<string> {
    let last = resourceVersion;
    await this.api.watch(
      this.type,
      { ...this.options, resourceVersion },
      ({ type, object }) => {
        if (type === "ERROR") throw new ApiError((object as any).code, (object as any).message);
        last = object.metadata.resourceVersion ?? last;
        if (type === "BOOKMARK") return;
        if (type === "DELETED") this.objects.delete(nameKey(object));
        else this.objects.set(nameKey(object), object);
        this.onChange();
      },
      signal,
    );
    return last;
  }
}

function nameKey({ metadata }: KubernetesObject): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}

/** Waits a while, or until the signal. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return sleep(milliseconds, undefined, { signal }).catch(() => undefined);
}

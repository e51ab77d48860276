/** A copy of some objects of the cluster that follows their changes by watching. */
import { ApiError, type Api, type ListOptions } from "./api";
import type { KubernetesObject, ResourceType } from "./kubernetesObject";

/** Objects of one kind, kept up to date. */
export class Mirror {
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

  /** What is there now. */
  all(): KubernetesObject[] {
    return [...this.objects.values()];
  }

  /** The object of that name, if it is there. */
  find(name: string, namespace?: string): KubernetesObject | undefined {
    return this.objects.get(`${namespace ?? ""}/${name}`);
  }

  /**
   * Fills the copy; goes on following until the signal ends it.
   *
   * @returns when it is filled for the first time
   * @throws ApiError when the objects may not be listed
   */
  async follow(signal: AbortSignal): Promise<void> {
    let version = await this.fill();
    void (async () => {
      while (!signal.aborted) {
        try {
          version = await this.watchFrom(version, signal);
        } catch {
          // Too old a version, or the server is away for a moment: look again.
          await pause(1000, signal);
          version = await this.fill().catch(() => version);
        }
      }
    })();
  }

  private async fill(): Promise<string> {
    const { items, resourceVersion } = await this.api.list(this.type, this.options);
    this.objects.clear();
    for (const item of items) this.objects.set(key(item), item);
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
        if (type === "DELETED") this.objects.delete(key(object));
        else this.objects.set(key(object), object);
        this.onChange();
      },
      signal,
    );
    return last;
  }
}

function key({ metadata }: KubernetesObject): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}

/** Waits a while, or until the signal. */
export function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal?.addEventListener("abort", done);
    if (signal?.aborted) done();
  });
}

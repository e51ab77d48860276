/** The objects of all watched kinds as last seen. Reconcilers of one kind look up objects of other kinds here. */
import type { KubernetesApi } from "../../common/kubernetes/kubernetesApi";
import type { Log } from "../../common/log";
import type { Kind } from "./kinds";
import { type Change, Reflector } from "./reflector";
import type { KubernetesObject } from "./resources";

/** Objects as last seen. */
export interface SeenObjects {
  /** The object of a key, `namespace/name`, if there is one. */
  get<T extends KubernetesObject>(kind: Kind<T>, key: string): T | undefined;
  /** All of a kind. */
  list<T extends KubernetesObject>(kind: Kind<T>): T[];
}

/** Options of {@link Objects}. */
export interface ObjectsOptions {
  api: KubernetesApi;
  log: Log;
  /** Look at this namespace only; otherwise at all. */
  namespace?: string;
}

/** Watches kinds of objects, keeps copies of them, and reports changes to listeners. */
export class Objects implements SeenObjects {
  private readonly reflectors = new Map<Kind<any>, Reflector<any>>();
  private readonly listeners = new Map<Kind<any>, ((change: Change<any>) => void)[]>();

  constructor(kinds: Iterable<Kind<any>>, { api, log, namespace }: ObjectsOptions) {
    for (const kind of new Set(kinds)) {
      const { labelSelector, keep } = kind;
      const path = kind.path(namespace);
      const onChange = (change: Change<any>) => this.listeners.get(kind)?.forEach((listener) => listener(change));
      this.reflectors.set(kind, new Reflector({ api, log, path, labelSelector, keep, onChange }));
    }
  }

  /** Resolves when every kind was listed for the first time. */
  get synced(): Promise<unknown> {
    return Promise.all([...this.reflectors.values()].map(({ synced }) => synced));
  }

  get<T extends KubernetesObject>(kind: Kind<T>, key: string): T | undefined {
    return this.reflector(kind).get(key);
  }

  list<T extends KubernetesObject>(kind: Kind<T>): T[] {
    return this.reflector(kind).list();
  }

  /** Calls a listener for every object of a kind that is added, changed or deleted. Listeners are called in order. */
  onChange<T extends KubernetesObject>(kind: Kind<T>, listener: (change: Change<T>) => void): void {
    this.listeners.set(kind, [...(this.listeners.get(kind) ?? []), listener]);
  }

  /** Watches until `signal` is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([...this.reflectors.values()].map((reflector) => reflector.run(signal)));
  }

  private reflector<T extends KubernetesObject>(kind: Kind<T>): Reflector<T> {
    const reflector = this.reflectors.get(kind);
    if (!reflector) throw new Error(`objects of kind ${kind.name} are not watched`);
    return reflector;
  }
}

/** Those of some objects that are in the namespace of another. */
export function inNamespaceOf<T extends KubernetesObject>({ metadata }: KubernetesObject, others: readonly T[]): T[] {
  return others.filter((other) => other.metadata.namespace === metadata.namespace);
}

/** Reads from EndpointSlices which Services of nodes and servers have ready pods, and since when. */
import { serviceLabel } from "../../../model/contracts/labels";
import { type EndpointSlice } from "./resources";

/** Key of the Service that a slice belongs to. */
export const serviceOf = ({ metadata }: EndpointSlice): string =>
  `${metadata.namespace}/${metadata.labels?.[serviceLabel]}`;

/** Addresses and ports of the pods that serve, on one line; empty if none does. */
export function servingAddresses({ endpoints, ports }: EndpointSlice): string {
  const hosts = (endpoints ?? [])
    .filter(({ conditions }) => (conditions?.serving ?? conditions?.ready) !== false)
    .flatMap(({ addresses }) => addresses);
  return hosts.length === 0 ? "" : `${hosts.join(" ")} at ${ports?.map(({ port }) => port).join(" ")}`;
}

/** Records since when Services have had a ready pod. */
export class ReadyServices {
  /** By the key of the Service; in milliseconds of {@link performance.now}. */
  private readonly since = new Map<string, number>();

  /**
   * Updates the record of a Service whose slices have changed.
   *
   * @param slices - those of all Services
   */
  update(service: string, slices: readonly EndpointSlice[]): void {
    const isReady = slices.some((slice) => serviceOf(slice) === service && readyPods(slice).length > 0);
    if (!isReady) this.since.delete(service);
    else if (!this.since.has(service)) this.since.set(service, performance.now());
  }

  /** How long a Service, `namespace/name`, has had a ready pod, in milliseconds; undefined if it has none. */
  readyFor(service: string): number | undefined {
    const since = this.since.get(service);
    return since === undefined ? undefined : performance.now() - since;
  }
}

/** Where the ready pods of a slice listen. */
export function readyAddresses(slice: EndpointSlice): { host: string; port: number }[] {
  const listening = (slice.ports ?? []).flatMap(({ port }) => port ?? []);
  return readyPods(slice)
    .flatMap(({ addresses }) => addresses)
    .flatMap((host) => listening.map((port) => ({ host, port })));
}

const readyPods = ({ endpoints }: EndpointSlice) =>
  (endpoints ?? []).filter(({ conditions }) => conditions?.ready !== false);

/** What the workers of all kinds use: the API, the objects seen, and state that several workers share. */
import type { KubernetesApi } from "../../common/kubernetes/kubernetesApi";
import type { Log } from "../../common/log";
import { Administrators } from "./administrators";
import { CertificateAuthorities } from "./certificateAuthorities";
import { ReadyServices, serviceOf } from "./endpoints";
import { endpointSlices, identities } from "./kinds";
import type { Metrics } from "./metrics";
import type { Objects, SeenObjects } from "./objects";

/** Options of the whole controller. */
export interface SharedOptions {
  api: KubernetesApi;
  metrics: Metrics;
  log: Log;
  /** Longest wait before the certificates of a CA are read, in milliseconds, if other than the usual one. */
  readCertificatesWithin?: number;
}

/** What a worker can use. */
export interface Shared extends SharedOptions {
  objects: SeenObjects;
  /** Clients of CAs; reconciles them, too. */
  authorities: CertificateAuthorities;
  administrators: Administrators;
  services: ReadyServices;
}

/** Makes the shared state, and keeps it up to date with the objects. */
export function share(options: SharedOptions, objects: Objects): Shared {
  const { api } = options;
  const authorities = new CertificateAuthorities(api, objects);
  const administrators = new Administrators(api, authorities, objects);
  const services = new ReadyServices();
  objects.onChange(identities, ({ key, after }) => {
    if (!after) administrators.forget(key);
  });
  objects.onChange(endpointSlices, ({ object }) => services.update(serviceOf(object), objects.list(endpointSlices)));
  return { ...options, objects, authorities, administrators, services };
}

/** What the workers of all kinds are made from: the API, the objects seen, and what some of them share. */
import type { KubernetesApi } from "../../common/kubernetes/kubernetesApi";
import type { Log } from "../../common/log";
import { Administrators } from "./administrators";
import { CertificateAuthorities } from "./certificateAuthorities";
import { ReadyServices, serviceOf } from "./endpoints";
import { endpointSlices, identities } from "./kinds";
import type { Metrics } from "./metrics";
import type { Objects, SeenObjects } from "./objects";

/** What is given to the controller as a whole. */
export interface SharedOptions {
  api: KubernetesApi;
  metrics: Metrics;
  log: Log;
  /** Longest wait before the certificates of a CA are read, in milliseconds, if other than the usual one. */
  readCertificatesWithin?: number;
}

/** What a worker may be made from. */
export interface Shared extends SharedOptions {
  objects: SeenObjects;
  /** Clients of CAs; reconciles them, too. */
  authorities: CertificateAuthorities;
  administrators: Administrators;
  services: ReadyServices;
}

/** Makes what is shared, and keeps it up to date with the objects. */
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

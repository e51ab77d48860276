/** What the workers of all kinds use: the API, the objects seen, and state that several workers share. */
import type { KubernetesApi } from "../../common/kubernetes/kubernetesApi";
import type { Log } from "../../common/log";
import { Administrators } from "./administrators";
import { CertificateAuthorities } from "./certificateAuthorities";
import { ConsenterKeys } from "./consenterKeys";
import { ReadyServices, serviceOf } from "./endpoints";
import { IssuedCertificates } from "./issuedCertificates";
import { KafkaIdentity } from "./kafka/kafkaIdentity";
import { KafkaTenants } from "./kafka/kafkaTenants";
import type { KafkaSettings } from "./kafka/kafkaUsers";
import { PlatformKafka } from "./kafka/platformKafka";
import { endpointSlices, identities } from "./kinds";
import type { Metrics } from "./metrics";
import type { Objects, SeenObjects } from "./objects";
import { exportReadiness } from "./readiness";
import { NewKeys } from "./renewal/newKeys";
import { Renewals, type RenewalsOptions } from "./renewal/renewals";
import { announceRequest } from "./renewal/requests";

/** Options of the whole controller. */
export interface SharedOptions {
  api: KubernetesApi;
  metrics: Metrics;
  log: Log;
  /** Longest wait before the certificates of a CA are read, in milliseconds, if other than the usual one. */
  readCertificatesWithin?: number;
  /** How often the platform's Kafka is asked how it is, in milliseconds, if other than the usual one. */
  askKafkaEvery?: number;
  /** Namespace of the platform and its CA, which is the controller's own. */
  platformNamespace?: string;
  /** The Kafka that the platform runs; absent if it runs none. */
  kafka?: KafkaSettings;
  /** The clock by which certificates are due, in milliseconds since 1970; that of the machine by default. */
  now?: () => number;
}

/** What a worker can use. */
export interface Shared extends SharedOptions {
  now: () => number;
  platformNamespace: string;
  objects: SeenObjects;
  /** Clients of CAs; reconciles them, too. */
  authorities: CertificateAuthorities;
  administrators: Administrators;
  /** Who the controller is to Kafka. */
  kafkaIdentity: KafkaIdentity;
  /** Topics of networks on Kafka; reconciles them, too. */
  tenants: KafkaTenants;
  platformKafka: PlatformKafka;
  services: ReadyServices;
  issued: IssuedCertificates;
  /** Which nodes must be restarted for new certificates. */
  renewals: Renewals;
  /** Which nodes must be restarted for new keys. */
  newKeys: NewKeys;
}

/** Makes the shared state, and keeps it up to date with the objects. */
export function share(options: SharedOptions, objects: Objects): Shared {
  const { api, now = Date.now, platformNamespace = "", kafka } = options;
  const authorities = new CertificateAuthorities(api, objects, now, platformNamespace);
  const administrators = new Administrators(api, authorities, objects);
  const kafkaIdentity = new KafkaIdentity({ api, authorities, objects, platformNamespace, now });
  const tenants = new KafkaTenants({ api, objects, identity: kafkaIdentity, kafka, platformNamespace });
  const services = new ReadyServices();
  const issued = new IssuedCertificates(authorities, now);
  const announce: RenewalsOptions["announce"] = (owner, requestedAt) => announceRequest(api, owner, requestedAt);
  const renewals = new Renewals({ issued, objects, now, announce, platformNamespace });
  const newKeys = new NewKeys({
    api,
    objects,
    consenters: new ConsenterKeys(api, authorities, administrators, objects),
    now,
  });
  objects.onChange(identities, ({ key, after }) => {
    if (!after) administrators.forget(key);
  });
  objects.onChange(endpointSlices, ({ object }) => services.update(serviceOf(object), objects.list(endpointSlices)));
  exportReadiness(options.metrics, objects);
  return {
    ...options,
    now,
    platformNamespace,
    objects,
    authorities,
    administrators,
    kafkaIdentity,
    tenants,
    platformKafka: new PlatformKafka(kafkaIdentity, platformNamespace),
    services,
    issued,
    renewals,
    newKeys,
  };
}

/** All metrics that the controller exports. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";

/** A certificate of a network, and when it expires. */
export interface CertificateExpiration {
  namespace: string;
  network: string;
  organization: string;
  /** The CA that issued it. */
  ca: string;
  kind: "root" | "server" | "identity";
  /** Enrolment ID; empty for roots and servers. */
  identity: string;
  /** In Unix seconds. */
  expires: number;
}

/** The controller's metrics. */
export class Metrics {
  readonly registry = new Registry();
  readonly reconciles = new Counter({
    name: "baas_reconcile_total",
    help: "Reconciliations by kind and result (ready, waiting, failing, error, conflict).",
    labelNames: ["kind", "result"] as const,
    registers: [this.registry],
  });
  readonly durations = new Histogram({
    name: "baas_reconcile_duration_seconds",
    help: "How long a reconciliation took.",
    labelNames: ["kind"] as const,
    buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30],
    registers: [this.registry],
  });
  readonly queueDepth = new Gauge({
    name: "baas_queue_depth",
    help: "Objects that wait to be reconciled.",
    labelNames: ["kind"] as const,
    registers: [this.registry],
  });
  readonly leader = new Gauge({
    name: "baas_leader",
    help: "1 on the instance that reconciles.",
    registers: [this.registry],
  });

  constructor() {
    // The default of 10 ms would cause most of the CPU use of an idle controller.
    collectDefaultMetrics({ register: this.registry, eventLoopMonitoringPrecision: 500 });
  }

  /** Exports when certificates expire. Calls `current` at each scrape, so that a series ends with its certificate. */
  exportCertificates(current: () => Iterable<CertificateExpiration>): void {
    new Gauge({
      name: "baas_certificate_expiration_timestamp_seconds",
      help:
        "When a certificate of a network expires, in Unix seconds. kind says whose it is: root (a CA's own), server (the TLS " +
        "certificate of an organization's CA server) or identity (an Identity's, or the registrar's; of several that a CA has " +
        "issued to it, the one that expires last). A certificate stays for 90 days after it has expired; a revoked one is left " +
        "out. Read from the CAs when nodes become ready and every 10 minutes; while a CA does not answer, its last values stay.",
      labelNames: ["namespace", "network", "organization", "ca", "kind", "identity"] as const,
      registers: [this.registry],
      collect() {
        this.reset();
        for (const { expires, ...labels } of current()) this.set(labels, expires);
      },
    });
  }
}

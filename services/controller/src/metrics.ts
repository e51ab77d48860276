import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";

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
    // The default, every 10 ms, is most of what an idle controller would do.
    collectDefaultMetrics({ register: this.registry, eventLoopMonitoringPrecision: 500 });
  }
}

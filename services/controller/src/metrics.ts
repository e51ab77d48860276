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

/** A custom resource that is not ready. */
export interface NotReady {
  /** Such as `Channel`. */
  kind: string;
  namespace: string;
  network: string;
  /** Its name. */
  resource: string;
  /** In Unix seconds. */
  since: number;
}

/** How the platform's Kafka is: numbers of servers and partitions. */
export interface KafkaFigures {
  brokers: { wanted: number; there: number; controlling: number };
  zooKeepers: { wanted: number; serving: number; leading: number };
  /** Absent while no broker answers. */
  partitions?: { all: number; outOfSync: number; belowMinimum: number; leaderless: number };
}

/** How an Ethereum network is, as its validators say. */
export interface EthereumFigures {
  namespace: string;
  network: string;
  blockPeriodSeconds: number;
  /** Numbers of validators: those that are to be, that the chain has, that answer, and that must agree on a block. */
  validators: { wanted: number; agreed: number; answering: number; quorum: number };
  nodes: EthereumNodeFigures[];
}

/** How a validator is. */
export interface EthereumNodeFigures {
  node: string;
  answers: boolean;
  /** Its last block; while it does not answer, the last that it told of. */
  block?: number;
  /** When that was made, in Unix seconds. */
  timestamp?: number;
  peers?: number;
  /** How many of the last blocks it made; absent if nobody says so, or if the chain does not have it as a validator. */
  proposed?: number;
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

  /** Exports which custom resources are not ready. */
  exportNotReady(current: () => Iterable<NotReady>): void {
    this.exportCurrent({
      name: "baas_resource_not_ready_timestamp_seconds",
      help: "Since when a custom resource is not ready, in Unix seconds. One that is ready has no series.",
      labelNames: ["kind", "namespace", "network", "resource"],
      *current() {
        for (const { since, ...labels } of current()) yield [labels, since];
      },
    });
  }

  /** Exports how the platform's Kafka is. `current` returns nothing where there is no Kafka. */
  exportKafka(current: () => KafkaFigures | undefined): void {
    const gauge = (
      name: string,
      help: string,
      figures: (of: KafkaFigures) => Record<string, number> | undefined,
    ): void =>
      this.exportCurrent({
        ...{ name, help, labelNames: ["state"] },
        *current() {
          const found = current();
          for (const [state, value] of Object.entries((found && figures(found)) ?? {})) yield [{ state }, value];
        },
      });
    gauge(
      "baas_kafka_brokers",
      "Brokers of the platform's Kafka: wanted, there, and controlling the others. Asked every 30 seconds.",
      ({ brokers }) => brokers,
    );
    gauge(
      "baas_kafka_zookeepers",
      "ZooKeepers of the platform: wanted, serving, and leading the others. Asked every 30 seconds.",
      ({ zooKeepers }) => zooKeepers,
    );
    gauge(
      "baas_kafka_partitions",
      "Partitions of the platform's Kafka: all, those of which a replica is out_of_sync, those that are below_minimum and so take no " +
        "messages, and those that are leaderless. Asked every 30 seconds; without series while no broker answers.",
      ({ partitions }) =>
        partitions && {
          all: partitions.all,
          out_of_sync: partitions.outOfSync,
          below_minimum: partitions.belowMinimum,
          leaderless: partitions.leaderless,
        },
    );
  }

  /** Exports how Ethereum networks are. */
  exportEthereum(current: () => Iterable<EthereumFigures>): void {
    const asked = "Asked every 30 seconds.";
    const gauge = (
      name: string,
      help: string,
      more: readonly string[],
      figures: (of: EthereumFigures) => Iterable<[Record<string, string>, number | undefined]>,
    ): void =>
      this.exportCurrent({
        ...{ name: `baas_ethereum_${name}`, help: `${help} ${asked}`, labelNames: ["namespace", "network", ...more] },
        *current() {
          for (const one of current()) {
            const { namespace, network } = one;
            for (const [labels, value] of figures(one)) {
              if (value !== undefined) yield [{ namespace, network, ...labels }, value];
            }
          }
        },
      });
    const ofNodes = (name: string, help: string, figure: (of: EthereumNodeFigures) => number | undefined): void =>
      gauge(name, help, ["node"], ({ nodes }) => nodes.map((of) => [{ node: of.node }, figure(of)]));
    gauge(
      "validators",
      "Validators of an Ethereum network: wanted, agreed on by the chain, answering, and the quorum that must agree on a block.",
      ["state"],
      ({ validators }) => Object.entries(validators).map(([state, value]) => [{ state }, value]),
    );
    gauge("block_period_seconds", "Time between blocks of an Ethereum network.", [], ({ blockPeriodSeconds }) => [
      [{}, blockPeriodSeconds],
    ]);
    ofNodes("validator_answers", "1 for a validator that answers.", ({ answers }) => (answers ? 1 : 0));
    ofNodes(
      "block_number",
      "The last block of a validator; while it is silent, the last one known.",
      ({ block }) => block,
    );
    ofNodes(
      "block_timestamp_seconds",
      "When the last block of a validator was made, in Unix seconds; while it is silent, that of the last one known.",
      ({ timestamp }) => timestamp,
    );
    ofNodes("peers", "Nodes that a validator is connected to.", ({ peers }) => peers);
    ofNodes(
      "proposed_blocks",
      "How many of the last blocks a validator made: of 100 with QBFT, of 64 with clique.",
      ({ proposed }) => proposed,
    );
  }

  /** Exports when certificates expire. A series ends with its certificate. */
  exportCertificates(current: () => Iterable<CertificateExpiration>): void {
    this.exportCurrent({
      name: "baas_certificate_expiration_timestamp_seconds",
      help:
        "When a certificate of a network expires, in Unix seconds. kind says whose it is: root (a CA's own), server (the TLS " +
        "certificate of an organization's CA server) or identity (an Identity's, or the registrar's; of several that a CA has " +
        "issued to it, the one that expires last). A certificate stays for 90 days after it has expired; a revoked one is left " +
        "out. Read from the CAs when nodes become ready and every 10 minutes; while a CA does not answer, its last values stay.",
      labelNames: ["namespace", "network", "organization", "ca", "kind", "identity"],
      *current() {
        for (const { expires, ...labels } of current()) yield [labels, expires];
      },
    });
  }

  /** Exports what is so at each scrape. Called again, it takes the place of what was exported before. */
  private exportCurrent({ name, current, ...gauge }: CurrentValues): void {
    this.registry.removeSingleMetric(name);
    new Gauge({
      ...gauge,
      name,
      registers: [this.registry],
      collect() {
        this.reset();
        for (const [labels, value] of current()) this.set(labels, value);
      },
    });
  }
}

/** Series that are read at each scrape. */
interface CurrentValues {
  name: string;
  help: string;
  labelNames: readonly string[];
  current: () => Iterable<[labels: Record<string, string>, value: number]>;
}

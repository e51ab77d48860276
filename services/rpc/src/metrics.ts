/** Metrics of the filter, in the text format of Prometheus. */
import { PrometheusExporter, PrometheusSerializer } from "@opentelemetry/exporter-prometheus";
import { MeterProvider } from "@opentelemetry/sdk-metrics";

/** Content-Type of Prometheus' text format. */
export const metricsType = "text/plain; version=0.0.4; charset=utf-8";

/** Records and shows the metrics. */
export class Metrics {
  private readonly exporter = new PrometheusExporter({ preventServerStart: true });
  private readonly provider = new MeterProvider({ readers: [this.exporter] });
  private readonly meter = this.provider.getMeter("rpc");
  private readonly calls = this.meter.createCounter("rpc_calls", {
    description: "Calls of clients, by method and whether a node may get them.",
  });
  private readonly replies = this.meter.createCounter("rpc_answers", {
    description:
      "Answers to requests and to messages over WebSockets, by the status of HTTP that they have, or would have.",
  });
  private readonly answers = this.meter.createHistogram("rpc_node_answer_duration_seconds", {
    description: "Duration until an RPC node has answered, by node.",
    unit: "s",
    advice: { explicitBucketBoundaries: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] },
  });

  /** Counts a call. */
  judged(method: string, isLetThrough: boolean): void {
    this.calls.add(1, { method, outcome: isLetThrough ? "let through" : "refused" });
  }

  /** Counts what a client was told: 4xx is the client's fault, 503 is for want of a node. */
  told(status: number): void {
    this.replies.add(1, { status: String(status) });
  }

  /** Counts an answer of a node. Prometheus has the pod's name in the label `node`. */
  answered(node: string, seconds: number): void {
    this.answers.record(seconds, { rpc_node: node });
  }

  /** Shows which nodes serve, and how many WebSockets there are. */
  watch(nodes: () => [name: string, serves: boolean][], webSockets: () => number): void {
    const serving = this.meter.createObservableGauge("rpc_node_serving", {
      description: "Whether an RPC node answers, and is not behind the others: 1 or 0.",
    });
    serving.addCallback((result) =>
      nodes().forEach(([node, serves]) => result.observe(serves ? 1 : 0, { rpc_node: node })),
    );
    const open = this.meter.createObservableGauge("rpc_websockets", { description: "WebSockets of clients." });
    open.addCallback((result) => result.observe(webSockets()));
  }

  /** All metrics as text. */
  async text(): Promise<string> {
    const { resourceMetrics } = await this.exporter.collect();
    return new PrometheusSerializer().serialize(resourceMetrics);
  }

  async close(): Promise<void> {
    await this.provider.shutdown();
  }
}

/** Metrics of the server and of the client library, in the text format of Prometheus. */
import { metrics as registered } from "@opentelemetry/api";
import { PrometheusExporter, PrometheusSerializer } from "@opentelemetry/exporter-prometheus";
import { MeterProvider } from "@opentelemetry/sdk-metrics";

/** Content-Type of Prometheus' text format. */
export const metricsType = "text/plain; version=0.0.4; charset=utf-8";

/** Records and shows the metrics. */
export class Metrics {
  private readonly exporter = new PrometheusExporter({ preventServerStart: true });
  private readonly provider = new MeterProvider({ readers: [this.exporter] });
  private readonly meter = this.provider.getMeter("api");
  private readonly requests = this.meter.createHistogram("api_request_duration_seconds", {
    description: "Duration of requests, by route and status.",
    unit: "s",
    // From an answer that is there already to the longest call.
    advice: { explicitBucketBoundaries: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120] },
  });

  /** Lets the client library record here, too. Call it before a client connects. */
  register(): void {
    registered.setGlobalMeterProvider(this.provider);
  }

  /** Counts a request. */
  answered(route: string, status: number, seconds: number): void {
    this.requests.record(seconds, { route, status: String(status) });
  }

  /** Shows how many calls that write are at work. */
  watchSubmissions(atWork: () => number): void {
    const gauge = this.meter.createObservableGauge("api_submissions_at_work", {
      description: "Calls that write and whose outcome is not known yet.",
    });
    gauge.addCallback((result) => result.observe(atWork()));
  }

  /** All metrics as text. */
  async text(): Promise<string> {
    const { resourceMetrics } = await this.exporter.collect();
    return new PrometheusSerializer().serialize(resourceMetrics);
  }

  async close(): Promise<void> {
    registered.disable();
    await this.provider.shutdown();
  }
}

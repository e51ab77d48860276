/**
 * OpenTelemetry metrics and traces of a client. Only the API package is used: nothing is recorded until the application
 * sets up an SDK, which it does before it connects.
 */
import {
  type Attributes,
  type Context,
  context,
  type Counter,
  type Histogram,
  isSpanContextValid,
  metrics,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
  type UpDownCounter,
} from "@opentelemetry/api";

const scope = "@baas/client";
const secondBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];

/** The instruments of one client. */
export class Telemetry {
  private readonly tracer: Tracer = trace.getTracer(scope);
  private readonly calls: Histogram;
  private readonly stages: Histogram;
  private readonly retried: Counter;
  private readonly ejected: Counter;
  private readonly reconnected: Counter;
  private readonly running: UpDownCounter;
  private readonly waiting: UpDownCounter;

  constructor() {
    const meter = metrics.getMeter(scope);
    const seconds = { unit: "s", advice: { explicitBucketBoundaries: secondBuckets } };
    this.calls = meter.createHistogram("blockchain.client.call.duration", {
      description: "Time of a call with all its tries, by operation, function and error.code.",
      ...seconds,
    });
    this.stages = meter.createHistogram("blockchain.client.stage.duration", {
      description: "Time of one try of a stage at one peer, by stage, peer and error.code.",
      ...seconds,
    });
    this.retried = meter.createCounter("blockchain.client.retries", {
      description: "Tries after a failure, by stage and reason.",
    });
    this.ejected = meter.createCounter("blockchain.client.peer.changes", {
      description: "Peers that were left out (ejected) or came back (returned), by peer and change.",
    });
    this.reconnected = meter.createCounter("blockchain.client.events.reconnections", {
      description: "Streams of events that were opened again after a break.",
    });
    this.running = meter.createUpDownCounter("blockchain.client.in_flight", { description: "Calls under way." });
    this.waiting = meter.createUpDownCounter("blockchain.client.queued", {
      description: "Calls that wait for their turn.",
    });
  }

  /** Records a call from its beginning to its end. */
  async call<T>(operation: string, about: Attributes, work: (within: Context) => Promise<T>): Promise<T> {
    const functionName = about["blockchain.function"];
    return this.measured(this.calls, { operation, function: functionName }, () =>
      this.inSpan([operation, functionName].join(" ").trim(), about, context.active(), (_, within) => work(within)),
    );
  }

  /** Says in a call's span which transaction it is about. */
  identify(within: Context, txID: string | undefined): void {
    if (txID !== undefined) trace.getSpan(within)?.setAttribute("blockchain.tx_id", txID);
  }

  /** Records one try of a stage at a peer. */
  stage<T>(stage: string, peer: string, within: Context, work: () => Promise<T>): Promise<T> {
    const about = { "blockchain.stage": stage, "server.address": peer };
    return this.measured(this.stages, { stage, peer }, () => this.inSpan(stage, about, within, work));
  }

  retry(stage: string, reason: string): void {
    this.retried.add(1, { stage, reason });
  }

  peerChanged(peer: string, change: "ejected" | "returned"): void {
    this.ejected.add(1, { peer, change });
  }

  eventsReconnected(): void {
    this.reconnected.add(1);
  }

  inFlight(change: 1 | -1): void {
    this.running.add(change);
  }

  queued(change: 1 | -1): void {
    this.waiting.add(change);
  }

  private async measured<T>(histogram: Histogram, attributes: Attributes, work: () => Promise<T>): Promise<T> {
    const began = performance.now();
    const record = (more: Attributes): void =>
      histogram.record((performance.now() - began) / 1000, { ...attributes, ...more });
    try {
      const result = await work();
      record({});
      return result;
    } catch (error) {
      record({ "error.code": codeOf(error) });
      throw error;
    }
  }

  private async inSpan<T>(
    name: string,
    attributes: Attributes,
    parent: Context,
    work: (span: Span, within: Context) => Promise<T>,
  ): Promise<T> {
    const span = this.tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes }, parent);
    // Without an SDK, the span is none that others are below.
    const within = isSpanContextValid(span.spanContext()) ? trace.setSpan(parent, span) : parent;
    try {
      return await work(span, within);
    } catch (error) {
      span.recordException(error as Error);
      span.setStatus({ code: SpanStatusCode.ERROR, message: (error as Error).message });
      throw error;
    } finally {
      span.end();
    }
  }
}

function codeOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  return code === undefined ? "other" : String(code);
}

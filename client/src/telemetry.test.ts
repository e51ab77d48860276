import { context, metrics, trace } from "@opentelemetry/api";
import {
  AggregationTemporality,
  type Histogram,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-node";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";

import type { BlockchainClient } from "./client.ts";
import { TestOrganization } from "./testing/testOrganization.ts";

const spans = new InMemorySpanExporter();
const measured = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const reader = new PeriodicExportingMetricReader({ exporter: measured, exportIntervalMillis: 3_600_000 });
let organization: TestOrganization;
let client: BlockchainClient;

beforeAll(() => {
  trace.setGlobalTracerProvider(new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }));
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
});
// Test files share a process.
afterAll(() => {
  trace.disable();
  metrics.disable();
  context.disable();
});
beforeEach(async () => {
  organization = await TestOrganization.start();
  client = await organization.connect();
  spans.reset();
});
afterEach(() => organization.close());

/** Data points of a metric, with their attributes. */
async function points(name: string): Promise<{ attributes: object; value: any }[]> {
  measured.reset();
  await reader.forceFlush();
  const found = measured.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
  return found.filter(({ descriptor }) => descriptor.name === name).flatMap(({ dataPoints }) => dataPoints as any[]);
}

it("a call is a span, with one below it for each try of a stage", async () => {
  const [first, second] = organization.peers.map(({ address }) => address);
  organization.peers[0]!.faults.endorse.push({ code: 14, message: "gone" });
  const { txID } = await client.submit("Put", ["a", "b"]);
  const finished = spans.getFinishedSpans();
  const [call] = finished.filter(({ name }) => name === "submit Put");
  expect(call!.attributes).toEqual({
    "blockchain.channel": "main",
    "blockchain.chaincode": "assets",
    "blockchain.function": "Put",
    "blockchain.tx_id": txID,
  });
  const below = finished.filter(({ parentSpanContext }) => parentSpanContext?.spanId === call!.spanContext().spanId);
  expect(below.map(({ name, attributes, status }) => [name, attributes["server.address"], status.code])).toEqual([
    ["endorse", first, 2],
    ["endorse", second, 0],
    ["submit", second, 0],
    ["commit status", second, 0],
  ]);
});

it("calls, tries and retries are counted and timed", async () => {
  organization.ledger.nextCodes.push(11);
  await client.submit("Put", ["a", "b"]);
  organization.peers.forEach((peer) => peer.faults.evaluate.push({ code: 2, message: "chaincode response 500, no" }));
  await expect(client.evaluate("Read", ["a"])).rejects.toThrow();
  const calls = await points("blockchain.client.call.duration");
  expect(calls.map(({ attributes, value }) => [attributes, (value as Histogram).count])).toEqual(
    expect.arrayContaining([
      [{ operation: "submit", function: "Put" }, 2],
      [{ operation: "evaluate", function: "Read", "error.code": "CHAINCODE" }, 1],
    ]),
  );
  expect(await points("blockchain.client.retries")).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ attributes: { stage: "commit status", reason: "MVCC_READ_CONFLICT" }, value: 1 }),
    ]),
  );
  const stages = await points("blockchain.client.stage.duration");
  expect(stages.length).toBeGreaterThan(3);
  expect(await points("blockchain.client.in_flight")).toMatchObject([{ value: 0 }]);
});

it("peers that are left out and come back are counted", async () => {
  const lone = await organization.connect({ peers: [organization.peers[0]!.address] });
  organization.peers[0]!.faults.evaluate.push(...Array.from({ length: 3 }, () => ({ code: 14 })));
  await lone.evaluate("Read", ["a"]);
  const peer = organization.peers[0]!.address;
  expect((await points("blockchain.client.peer.changes")).map(({ attributes, value }) => [attributes, value])).toEqual([
    [{ peer, change: "ejected" }, 1],
    [{ peer, change: "returned" }, 1],
  ]);
});

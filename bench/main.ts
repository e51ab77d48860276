/**
 * `bench/run NAME`: runs a benchmark and prints its figures with the machine they were measured on.
 */
import { cpus, loadavg, totalmem } from "node:os";

import { measureApi } from "./api";
import { measureBringUp } from "./bringUp";
import { measureClientLibrary } from "./clientLibrary/clientLibrary";
import { measureController } from "./controller";
import { measureGateway } from "./gateway";
import { measureJsonRpc } from "./jsonRpc";
import { measureKafkaSharing } from "./kafkaSharing";
import { measurePreview } from "./preview";
import { measurePulumi } from "./pulumi";

const benchmarks: Record<string, (args: readonly string[]) => Promise<void>> = {
  preview: measurePreview,
  controller: measureController,
  "bring-up": measureBringUp,
  gateway: measureGateway,
  api: measureApi,
  "client-library": measureClientLibrary,
  "json-rpc": measureJsonRpc,
  "kafka-sharing": measureKafkaSharing,
  pulumi: measurePulumi,
};

async function main(): Promise<void> {
  const name = process.argv[2] ?? "";
  const benchmark = benchmarks[name];
  if (benchmark === undefined) {
    console.error(`usage: bench/run ${Object.keys(benchmarks).join(" | ")}`);
    process.exitCode = 1;
    return;
  }
  // Further processes of a benchmark say nothing.
  if (process.env.BENCH_PART === undefined) describeMachine();
  await benchmark(process.argv.slice(3));
}

function describeMachine(): void {
  const [processor] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  console.log(
    `${cpus().length} x ${processor?.model.trim()}, ${memory} GiB, Node ${process.versions.node}, ${process.platform}, load ${loadavg()[0]!.toFixed(1)}`,
  );
}

void main();

/**
 * `npm run bench -- NAME`: what things cost. Figures go to standard output with the machine they were measured on.
 */
import { cpus, totalmem } from "node:os";

import { bringUp } from "./bringUp";
import { controller } from "./controller";
import { gateway } from "./gateway";
import { preview } from "./preview";

const benchmarks: Record<string, (args: string[]) => Promise<void>> = {
  preview,
  controller,
  "bring-up": bringUp,
  gateway,
};

async function main(): Promise<void> {
  const name = process.argv[2] ?? "";
  const benchmark = benchmarks[name];
  if (benchmark === undefined) {
    console.error(`usage: npm run bench -- ${Object.keys(benchmarks).join(" | ")}`);
    process.exitCode = 1;
    return;
  }
  const [processor] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  console.log(
    `${cpus().length} x ${processor?.model.trim()}, ${memory} GiB, Node ${process.versions.node}, ${process.platform}`,
  );
  await benchmark(process.argv.slice(3));
}

void main();

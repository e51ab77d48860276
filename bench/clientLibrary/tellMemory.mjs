/** Preloaded into a program that the benchmark measures: at SIGUSR2, it tells how many bytes it holds. */
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc");

process.on("SIGUSR2", async () => {
  collect();
  // What the first collection finalizes is free after the second one.
  await sleep(100);
  collect();
  const { heapUsed, external } = process.memoryUsage();
  const memory = { message: "memory", bytes: heapUsed + external };
  if (process.send) process.send(memory);
  else console.log(JSON.stringify(memory));
});

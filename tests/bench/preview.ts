import { join } from "node:path";

import { findProblems } from "../../infra/offline/check";
import { runProgram } from "../../infra/offline/program";
import { peakMemoryOfChildren } from "./memory";

/** What an offline preview costs, in time and memory, against the number of networks in the program. */
export async function preview(): Promise<void> {
  const projectDir = join(__dirname, "manyNetworks");
  const runs = 3;
  // Compiled code and file caches, as in any but the very first preview.
  await runProgram({ projectDir, stack: "networks-1", dryRun: true });
  console.log(`offline preview, median of ${runs} runs; each network: 2 organizations x 2 peers, 3 orderers`);
  console.log("networks  registrations  seconds  ms/registration  program MiB");
  for (const networks of [1, 10, 100]) {
    const samples: { seconds: number; mebibytes: number; registrations: number }[] = [];
    for (let run = 0; run < runs; run++) {
      const memory = peakMemoryOfChildren();
      const started = performance.now();
      const result = await runProgram({ projectDir, stack: `networks-${networks}`, dryRun: true });
      const seconds = (performance.now() - started) / 1000;
      if (findProblems(result).length > 0) throw new Error("the program has unknown values");
      samples.push({ seconds, mebibytes: memory.stop(), registrations: result.registrations.length });
    }
    const { seconds, mebibytes, registrations } = samples.sort((a, b) => a.seconds - b.seconds)[Math.floor(runs / 2)]!;
    const columns = [
      String(networks).padStart(8),
      String(registrations).padStart(13),
      seconds.toFixed(2).padStart(7),
      ((seconds * 1000) / registrations).toFixed(2).padStart(15),
      mebibytes.toFixed(0).padStart(11),
    ];
    console.log(columns.join("  "));
  }
}

/** The benchmark `preview`: how time and memory of a preview grow with the number of networks. */
import { join } from "node:path";

import { findProblems } from "../cli/engine/kubernetes/strictCheck";
import { analyze } from "../cli/engine/policyPack/analyze";
import { runProgram } from "../cli/engine/program/programs";
import { configurationOf, settableOf } from "../model/project/policyProfile";
import { policyPack } from "../policies/pack";
import { peakMemoryOfChildren } from "./peakMemory";

const projectDir = join(__dirname, "manyNetworks");

interface Sample {
  /** Seconds until the program has ended. */
  program: number;
  /** Seconds until the policies have been evaluated, too. */
  seconds: number;
  /** Peak memory of the process in which the program ran; the policies run in this one. */
  mebibytes: number;
  registrations: number;
}

/** Measures time and memory of a preview with policies for several numbers of networks in the program. */
export async function measurePreview([most = "100"]: readonly string[]): Promise<void> {
  const runs = 3;
  // A first run fills the caches of compiled code and files, as only the very first preview is without them.
  await sample(1);
  console.log(`preview, median of ${runs} runs; each network: 2 organizations x 2 peers, 3 orderers`);
  console.log("networks  registrations  program s  with policies s  ms/registration  program MiB");
  for (const networks of [1, 10, 100].filter((each) => each <= Number(most))) {
    const samples: Sample[] = [];
    for (let run = 0; run < runs; run++) samples.push(await sample(networks));
    const { program, seconds, mebibytes, registrations } = samples.sort((a, b) => a.seconds - b.seconds)[
      Math.floor(runs / 2)
    ]!;
    const columns = [
      String(networks).padStart(8),
      String(registrations).padStart(13),
      program.toFixed(2).padStart(9),
      seconds.toFixed(2).padStart(15),
      ((seconds * 1000) / registrations).toFixed(2).padStart(15),
      mebibytes.toFixed(0).padStart(11),
    ];
    console.log(columns.join("  "));
  }
}

async function sample(networks: number): Promise<Sample> {
  const memory = peakMemoryOfChildren();
  const started = performance.now();
  const elapsed = (): number => (performance.now() - started) / 1000;
  const result = await runProgram({ projectDir, stack: `networks-${networks}`, dryRun: true });
  if (findProblems(result).length > 0) throw new Error("the program has unknown values");
  const program = elapsed();
  const pack = policyPack(projectDir);
  analyze(pack, configurationOf(settableOf(pack), {}), result);
  return { program, seconds: elapsed(), mebibytes: memory.stop(), registrations: result.registrations.length };
}

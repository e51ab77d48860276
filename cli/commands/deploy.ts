/** `baas deploy`: deploys all stacks of an environment with the Pulumi CLI. */
import { checkedEnvironment } from "../../model/project/environmentStacks";
import { findProject } from "../common/project";
import { deploy } from "../deploy/deploy";

export async function run({ environment: name }: { environment: string }, signal: AbortSignal): Promise<number> {
  const projectDir = findProject();
  const { stacks, context } = checkedEnvironment(projectDir, name);
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  say(`${name} (context ${context}): ${stacks.join(", ") || "no stacks"}`);
  await deploy({ projectDir, stacks, say, signal });
  say(`\n${name} is up to date`);
  return 0;
}

/** The graph of a stack: its program and its platform's are run as for a preview. */
import { loadStack, platformStackName, stackFile, stackNames } from "../../model/project/stacks";
import { UserError } from "../../model/userError";
import { manifests } from "../engine/kubernetes/manifests";
import { strictCheck } from "../engine/kubernetes/strictCheck";
import { runProgram } from "../engine/program/programs";
import { type NetworkGraph, networkGraph } from "./networkGraph";

/**
 * Reads the graph of a network.
 *
 * @param projectDir - folder of Pulumi.yaml
 * @throws {@link UserError} for a stack that is no network, has mistakes, or whose NetworkPolicies cannot be shown
 */
export async function readGraph(projectDir: string, name: string): Promise<NetworkGraph> {
  const stack = loadStack(projectDir, name);
  if (stack.kind === "platform") throw new UserError(`${stackFile(name)} is a platform: only networks are drawn`);
  const platform = platformStackName(stack.network.environment);
  const stacks = [name, ...(stackNames(projectDir).includes(platform) ? [platform] : [])];
  const results = await Promise.all(stacks.map((stack) => runProgram({ projectDir, stack, dryRun: true })));
  results.forEach(strictCheck);
  return networkGraph(stack.network, results.flatMap(manifests));
}

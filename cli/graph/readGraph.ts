/** Reads the graph of a stack. It runs the programs of the stack and of its platform as for a preview. */
import { loadStack, platformStackName, stackNames } from "../../model/project/stacks";
import { UserError } from "../../model/userError";
import { manifests } from "../engine/kubernetes/manifests";
import { strictCheck } from "../engine/kubernetes/strictCheck";
import { runProgram } from "../engine/program/programs";
import { ethereumNetwork } from "./ethereumGraph";
import { fabricNetwork } from "./fabricGraph";
import { type NetworkGraph, networkGraph } from "./networkGraph";

/**
 * Reads the graph of a network.
 *
 * @param projectDir - folder of Pulumi.yaml
 * @throws {@link UserError} if the stack is not a network, has mistakes, or has NetworkPolicies that cannot be shown
 */
export async function readGraph(projectDir: string, name: string): Promise<NetworkGraph> {
  const stack = loadStack(projectDir, name);
  if (stack.kind === "platform") throw new UserError(`${stack.file} is a platform: only networks are drawn`);
  const [{ environment }, drawn] =
    stack.kind === "ethereum"
      ? [stack.ethereum, ethereumNetwork(stack.ethereum)]
      : [stack.network, fabricNetwork(stack.network)];
  const platform = platformStackName(environment);
  const stacks = [name, ...(stackNames(projectDir).includes(platform) ? [platform] : [])];
  const results = await Promise.all(stacks.map((stack) => runProgram({ projectDir, stack, dryRun: true })));
  results.forEach(strictCheck);
  return networkGraph(drawn, results.flatMap(manifests));
}

/** The network of a stack, if clients outside its cluster can reach it. */
import { baas } from "../../model/baasCommand";
import type { EthereumPlan } from "../../model/ethereum/ethereumPlan";
import { nextFreePort } from "../../model/project/claims";
import { allClaims, type Stack } from "../../model/project/stacks";
import { exposesNone } from "../../model/stackFile/gatewayPort";
import { UserError } from "../../model/userError";
import type { NetworkWithGateway } from "./connectionProfile";

/** How clients reach JSON-RPC. */
function rpcOf({ gateway }: EthereumPlan): string {
  return gateway === undefined
    ? "it has no gateway, so it is reached in the cluster only"
    : `clients call https://${gateway.host}:${gateway.port}`;
}

/** @throws {@link UserError} that says what the stack file lacks */
export function withGateway(projectDir: string, stack: Stack): NetworkWithGateway {
  const { file } = stack;
  if (stack.kind === "platform")
    throw new UserError(`${file} is a platform: only networks have connections from outside`);
  if (stack.kind === "ethereum")
    throw new UserError(`${file} is a network of Ethereum, which has no connection profile: ${rpcOf(stack.ethereum)}`);
  const { gateway } = stack.network;
  if (gateway !== undefined) return { ...stack.network, gateway };
  const problem = `network "${stack.name}" has no gateway, so clients outside the cluster cannot reach it`;
  const { environment } = stack.network;
  const { context, gateway: exposure } = stack.environment;
  if (exposure === undefined) throw new UserError(`${problem}: ${exposesNone(environment)}`);
  const port = nextFreePort({ environment, context }, exposure, allClaims(projectDir));
  const remedy =
    port === undefined
      ? `Give it one in ${file}; no port of its environment is free: ${baas("ports")} lists them.`
      : `Give it one in ${file}: gateway: { port: ${port} }; ${baas("ports")} lists all free ports.`;
  throw new UserError(`${problem}\n  -> ${remedy}`);
}

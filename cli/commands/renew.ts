/** `baas renew`: has nodes of a network, or the platform's CA server, get new certificates now. */
import { terminalProgress } from "../../local-cluster/progress";
import { loadStack } from "../../model/project/stacks";
import { UserError } from "../../model/userError";
import { findProject } from "../common/project";
import { parseDuration } from "../engine/apply/applyText";
import { connect } from "../engine/cluster/clusterConnection";
import {
  interruptionByNewKeys,
  nodesForNewKeys,
  renewableNodes,
  renewableOfPlatform,
  renewNodes,
} from "../renew/renewNodes";

interface Given {
  stack: string;
  nodes: string[];
  context?: string;
  timeout: string;
  newKeys?: boolean;
}

export async function run(
  { stack: name, nodes: names, context, timeout, newKeys = false }: Given,
  signal: AbortSignal,
): Promise<number> {
  const stack = loadStack(findProject(), name);
  if (stack.kind === "ethereum")
    throw new UserError(`${stack.file} is a network of Ethereum, which has no certificates`);
  const timeoutMs = parseDuration(timeout);
  const isPlatform = stack.kind === "platform";
  const { namespace } = isPlatform ? stack.platform : stack.network;
  const renewable = isPlatform ? renewableOfPlatform(names) : renewableNodes(stack.network, names);
  const nodes = newKeys ? nodesForNewKeys(renewable, isPlatform || names.length > 0) : renewable;
  const interruption = newKeys && !isPlatform ? interruptionByNewKeys(stack.network, nodes) : undefined;
  if (interruption !== undefined) console.error(interruption);
  const connection = await connect(context ?? stack.environment.context, signal);
  try {
    const progress = terminalProgress();
    const done = await renewNodes({ ...connection, progress, signal }, namespace, nodes, { timeoutMs, newKeys });
    for (const { name, until } of done)
      console.log(
        `${name}: restarted${newKeys ? " with new keys" : ""}${until ? `, certificates until ${until}` : ""}`,
      );
    return 0;
  } catch (error) {
    throw signal.aborted ? new UserError("interrupted; the controller goes on with the renewal") : error;
  } finally {
    connection.close();
  }
}

/** The gate before each restart of an Ethereum node: all validators answer, have each other as peers, and are at one block. */
import { ethereumPorts } from "../../../../model/contracts/ethereum";
import { serviceAddress } from "../../../../model/contracts/names";
import { messageOf } from "../../../common/failure";
import { type NodeState, nodeState } from "../ethereum/jsonRpc";
import type { Rollout } from "../resources";
import type { Gate, Health } from "./gate";

/** How many blocks a validator may be behind the others while it is in sync. */
const mostBehind = 2;

/** Asks the validators themselves. */
export class ChainHealth implements Gate {
  /** @param ask - asks a node for its state; by JSON-RPC unless a test says otherwise */
  constructor(private readonly ask: (url: string) => Promise<NodeState> = nodeState) {}

  async look({ metadata: { namespace }, spec: { nodes } }: Rollout): Promise<Health> {
    const names = nodes.filter(({ role }) => role === "validator").map(({ name }) => name);
    const problem = names.length === 0 ? undefined : await this.problem(names, namespace);
    return { leads: () => 0, ...(problem !== undefined && { problem }) };
  }

  private async problem(names: readonly string[], namespace: string): Promise<string | undefined> {
    const states: (NodeState & { name: string })[] = [];
    for (const name of names) {
      try {
        states.push({ name, ...(await this.ask(`http://${serviceAddress(name, namespace, ethereumPorts.rpc)}`)) });
      } catch (error) {
        return `validator ${name} does not answer: ${messageOf(error)}.`;
      }
    }
    const alone = states.find(({ peers }) => peers < names.length - 1);
    if (alone !== undefined) return `validator ${alone.name} has ${alone.peers} of at least ${names.length - 1} peers.`;
    const head = Math.max(...states.map(({ block }) => block));
    const behind = states.find(({ block }) => block < head - mostBehind);
    return behind && `validator ${behind.name} is at block ${behind.block}, and others at ${head}.`;
  }
}

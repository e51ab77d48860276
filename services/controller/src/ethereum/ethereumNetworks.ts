/** The reconciler of EthereumNetwork: its genesis, and whether its validators make blocks. */
import { ethereumPorts, quorumOf } from "../../../../model/contracts/ethereum";
import { serviceAddress } from "../../../../model/contracts/names";
import { messageOf } from "../../../common/failure";
import type { KubernetesApi } from "../../../common/kubernetes/kubernetesApi";
import { failing, Halt, ready, type Reconciler, type Result, soon } from "../reconciler";
import type { EthereumNetwork } from "../resources";
import { GenesisOfChain } from "./genesisOfChain";
import { type NodeState, nodeState } from "./jsonRpc";

/** What {@link EthereumNetworks} works with. */
export interface EthereumNetworksOptions {
  api: KubernetesApi;
  /** Asks a node for its state; by JSON-RPC unless a test says otherwise. */
  ask?: (url: string) => Promise<NodeState>;
  now: () => number;
}

/** A validator, and what it said. */
interface Heard {
  name: string;
  state?: NodeState;
  silence?: string;
}

/** Reconciles EthereumNetwork: makes its genesis once, which its nodes wait for, and then looks at its validators. */
export class EthereumNetworks implements Reconciler<EthereumNetwork> {
  private readonly genesis: GenesisOfChain;
  private readonly ask: (url: string) => Promise<NodeState>;

  constructor(private readonly options: EthereumNetworksOptions) {
    this.genesis = new GenesisOfChain(options.api);
    this.ask = options.ask ?? nodeState;
  }

  async reconcile(network: EthereumNetwork): Promise<Result> {
    try {
      await this.genesis.ensure(network);
      return this.judge(network, await this.hear(network));
    } catch (error) {
      if (error instanceof Halt) return error.result;
      throw error;
    }
  }

  forget(): void {}

  private hear({ metadata: { namespace }, spec }: EthereumNetwork): Promise<Heard[]> {
    return Promise.all(
      spec.validators.map(async ({ name }): Promise<Heard> => {
        try {
          return { name, state: await this.ask(`http://${serviceAddress(name, namespace, ethereumPorts.rpc)}`) };
        } catch (error) {
          return { name, silence: messageOf(error) };
        }
      }),
    );
  }

  private judge({ spec }: EthereumNetwork, heard: readonly Heard[]): Result {
    const states = heard.flatMap(({ state }) => state ?? []);
    const silent = heard.filter(({ state }) => state === undefined);
    const quorum = quorumOf(spec.client, heard.length);
    const silence = silent.map(({ name, silence }) => `${name} (${silence})`).join(", ");
    if (states.length < quorum) {
      const message = `${states.length} of ${heard.length} validators answer, and ${quorum} must agree on a block. Silent: ${silence}.`;
      return soon("QuorumLost", message);
    }
    const block = Math.max(...states.map((state) => state.block));
    if (block === 0) return soon("NoBlocks", "The validators have the genesis, and have made no block yet.");
    const last = Math.max(...states.map(({ timestamp }) => timestamp));
    const age = Math.round(this.options.now() / 1000 - last);
    if (age > Math.max(30, 10 * spec.blockPeriodSeconds)) {
      const peers = heard.map(({ name, state }) => `${name} ${state?.peers ?? "?"}`).join(", ");
      const message = `The last block, ${block}, is ${age} s old. Peers: ${peers}.${silence === "" ? "" : ` Silent: ${silence}.`}`;
      return failing("Stalled", `${message} See the logs of the validators.`);
    }
    const all = `The validators of chain ${spec.chainId} make blocks`;
    return ready("MakesBlocks", silence === "" ? all : `${all}. Silent: ${silence}`);
  }
}

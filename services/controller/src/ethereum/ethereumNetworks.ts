/** The reconciler of EthereumNetwork: its genesis, whether its validators make blocks, and which validators it has. */
import {
  type EthereumClient,
  ethereumPorts,
  type KnownValidator,
  quorumOf,
} from "../../../../model/contracts/ethereum";
import { serviceAddress } from "../../../../model/contracts/names";
import { messageOf } from "../../../common/failure";
import type { KubernetesApi } from "../../../common/kubernetes/kubernetesApi";
import { failing, Halt, ready, type Reconciler, type Result, soon } from "../reconciler";
import type { EthereumNetwork } from "../resources";
import { GenesisOfChain } from "./genesisOfChain";
import { type NodeState, nodeState } from "./jsonRpc";
import { knownValidators } from "./knownValidators";
import { type Heard, voteOn } from "./validatorVotes";
import { type Voting, votingOf } from "./voting";

/** What {@link EthereumNetworks} works with. */
export interface EthereumNetworksOptions {
  api: KubernetesApi;
  /** Asks a node for its state; by JSON-RPC unless a test says otherwise. */
  ask?: (url: string) => Promise<NodeState>;
  /** How validators vote; by JSON-RPC unless a test says otherwise. */
  votingOf?: (client: EthereumClient) => Voting;
  now: () => number;
}

/**
 * Reconciles EthereumNetwork: makes its genesis once, which its nodes wait for, then looks at its validators, and has them vote others in
 * and out.
 */
export class EthereumNetworks implements Reconciler<EthereumNetwork> {
  private readonly genesis: GenesisOfChain;
  private readonly ask: (url: string) => Promise<NodeState>;
  private readonly votingOf: (client: EthereumClient) => Voting;

  constructor(private readonly options: EthereumNetworksOptions) {
    this.genesis = new GenesisOfChain(options.api);
    this.ask = options.ask ?? nodeState;
    this.votingOf = options.votingOf ?? votingOf;
  }

  async reconcile(network: EthereumNetwork): Promise<Result> {
    try {
      await this.genesis.ensure(network);
      return await this.look(network, await knownValidators(this.options.api, network));
    } catch (error) {
      if (error instanceof Halt) return error.result;
      throw error;
    }
  }

  forget(): void {}

  private async look(network: EthereumNetwork, known: readonly KnownValidator[]): Promise<Result> {
    const { metadata, spec } = network;
    const voting = this.votingOf(spec.client);
    const named = await this.hear(metadata.namespace, spec.validators.map(nameOf));
    const asked = await this.validatorsOf(named, voting);
    const current = asked?.addresses;
    const members = current === undefined ? spec.validators : known.filter(({ address }) => current.includes(address));
    const leaving = members.map(nameOf).filter((name) => !named.some((one) => one.name === name));
    const heard = [...named, ...(await this.hear(metadata.namespace, leaving))];
    const isMember = ({ name }: Heard): boolean => members.some((one) => one.name === name);
    const health = this.judge(network, heard.filter(isMember));
    // Without new blocks no vote counts.
    if (!health.ready) return health;
    if (current === undefined) return soon("ValidatorsUnknown", asked!.problem!);
    return (await voteOn(network, { known, current, heard }, voting)) ?? health;
  }

  /** Who the validators are, as the node with the last block has it; undefined if none answers. */
  private async validatorsOf(
    heard: readonly Heard[],
    voting: Voting,
  ): Promise<{ addresses?: string[]; problem?: string } | undefined> {
    const last = [...heard].sort((a, b) => (b.state?.block ?? -1) - (a.state?.block ?? -1))[0];
    if (last?.state === undefined) return undefined;
    try {
      return { addresses: await voting.validators(last.url) };
    } catch (error) {
      return { problem: `${last.name} does not say who the validators are: ${messageOf(error)}.` };
    }
  }

  private hear(namespace: string, names: readonly string[]): Promise<Heard[]> {
    return Promise.all(
      names.map(async (name): Promise<Heard> => {
        const url = `http://${serviceAddress(name, namespace, ethereumPorts.rpc)}`;
        try {
          return { name, url, state: await this.ask(url) };
        } catch (error) {
          return { name, url, silence: messageOf(error) };
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

const nameOf = ({ name }: { name: string }): string => name;

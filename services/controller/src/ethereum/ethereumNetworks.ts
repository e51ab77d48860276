/** The reconciler of EthereumNetwork: its genesis, whether its validators make blocks, and which validators it has. */
import {
  type EthereumClient,
  ethereumPorts,
  type KnownValidator,
  quorumOf,
} from "../../../../model/contracts/ethereum";
import { rolloutName, serviceAddress } from "../../../../model/contracts/names";
import type { EthereumObservations } from "../../../../model/customResources/ethereumNetwork";
import { timeText } from "../../../../model/ethereum/forks";
import { messageOf } from "../../../common/failure";
import type { KubernetesApi } from "../../../common/kubernetes/kubernetesApi";
import { unlessMissing } from "../../../common/kubernetes/request";
import { isReady, readyCondition } from "../conditions";
import { failing, Halt, ready, type Reconciler, type Result, soon } from "../reconciler";
import { collections, type EthereumNetwork, type Rollout } from "../resources";
import { ForksOfChain, type SettledForks } from "./forksOfChain";
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

/** How long before a fork all nodes should have restarted, in seconds. */
const nearFork = 3600;

/** How much a chain goes on until its time is written again, in seconds. */
const chainTimeStep = 300;

/**
 * Reconciles EthereumNetwork: makes its genesis once, which its nodes wait for, then looks at its validators, and has them vote others in
 * and out.
 */
export class EthereumNetworks implements Reconciler<EthereumNetwork> {
  private readonly genesis: GenesisOfChain;
  private readonly forks: ForksOfChain;
  private readonly ask: (url: string) => Promise<NodeState>;
  private readonly votingOf: (client: EthereumClient) => Voting;

  constructor(private readonly options: EthereumNetworksOptions) {
    this.genesis = new GenesisOfChain(options.api);
    this.forks = new ForksOfChain(options.api);
    this.ask = options.ask ?? nodeState;
    this.votingOf = options.votingOf ?? votingOf;
  }

  async reconcile(network: EthereumNetwork): Promise<Result> {
    try {
      // First: while there is no genesis, a chain takes forks of any time.
      const forks = await this.forks.settle(network, this.seconds());
      await this.genesis.ensure(network);
      return await this.look(network, forks, await knownValidators(this.options.api, network));
    } catch (error) {
      if (error instanceof Halt) return error.result;
      throw error;
    }
  }

  forget(): void {}

  private async look(network: EthereumNetwork, forks: SettledForks, known: readonly KnownValidator[]): Promise<Result> {
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
    const observed = observations(network, forks, heard);
    // Without new blocks no vote counts.
    if (!health.ready) return { ...health, observed };
    if (current === undefined) return { ...soon("ValidatorsUnknown", asked!.problem!), observed };
    const vote = await voteOn(network, { known, current, heard }, voting);
    return { ...(vote ?? (await this.withForks(network, forks, health))), observed };
  }

  /** What is to be said of forks, of a chain that is well. */
  private async withForks(
    { metadata: { namespace } }: EthereumNetwork,
    { accepted, refused }: SettledForks,
    health: Result,
  ): Promise<Result> {
    if (refused.length > 0)
      return failing("ForksRefused", `Nodes keep the forks that they have: ${refused.join("; ")}.`);
    const now = this.seconds();
    const next = accepted.find(({ time }) => time > now);
    if (next === undefined) return health;
    const begins = `Fork ${next.name} begins at ${timeText(next.time)}`;
    if (next.time - now > nearFork) return { ...health, message: `${health.message}. ${begins}` };
    const path = `${collections.rollouts(namespace)}/${rolloutName}`;
    const rollout = await unlessMissing(this.options.api.call<Rollout>("GET", path));
    if (rollout === undefined || isReady(rollout)) return { ...health, message: `${health.message}. ${begins}` };
    const why = readyCondition(rollout)?.message ?? "Their Rollout has not begun.";
    return soon(
      "ForkNear",
      `${begins}, and nodes that have not restarted by then may lose the chain until they do. ${why}`,
    );
  }

  private seconds(): number {
    return Math.floor(this.options.now() / 1000);
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

/**
 * What the API server compares changes of forks with. The time moves on every few minutes and when a fork begins, so that a chain without
 * events writes little.
 */
function observations(
  { status }: EthereumNetwork,
  { accepted }: SettledForks,
  heard: readonly Heard[],
): Required<EthereumObservations> {
  const before = status?.chainTime ?? 0;
  const last = Math.max(before, ...heard.map(({ state }) => state?.timestamp ?? 0));
  const isDue = last - before >= chainTimeStep || accepted.some(({ time }) => before < time && time <= last);
  return { chainTime: isDue ? last : before, forks: accepted };
}

const nameOf = ({ name }: { name: string }): string => name;

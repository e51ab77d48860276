/** How Ethereum networks are, as metrics: what their validators say of blocks, peers, and of each other. */
import { type EthereumClient, ethereumPorts, quorumOf } from "../../../../model/contracts/ethereum";
import { networkLabel } from "../../../../model/contracts/labels";
import { serviceAddress } from "../../../../model/contracts/names";
import { messageOf } from "../../../common/failure";
import type { KubernetesApi } from "../../../common/kubernetes/kubernetesApi";
import type { Log } from "../../../common/log";
import { ethereumNetworks } from "../kinds";
import type { EthereumFigures, EthereumNodeFigures, Metrics } from "../metrics";
import type { SeenObjects } from "../objects";
import type { EthereumNetwork } from "../resources";
import { WorkQueue } from "../workQueue";
import { type NodeState, nodeState } from "./jsonRpc";
import { listedValidators } from "./knownValidators";
import { proposedBlocks } from "./proposedBlocks";
import { votingOf } from "./voting";

/** How often validators are asked, in milliseconds. */
const askEvery = 30_000;

/** Options of an {@link EthereumWatch}. */
export interface EthereumWatchOptions {
  api: KubernetesApi;
  objects: SeenObjects;
  metrics: Metrics;
  log: Log;
  /** Asks a node for its state; by JSON-RPC unless a test says otherwise. */
  askNode?: (url: string) => Promise<NodeState>;
  /** Asks a node who the validators are, by addresses; by JSON-RPC unless a test says otherwise. */
  askValidators?: (client: EthereumClient, url: string) => Promise<string[]>;
  /** Asks a node who made the last blocks; by JSON-RPC unless a test says otherwise. */
  askProposed?: (client: EthereumClient, url: string) => Promise<Record<string, number>>;
  /** In milliseconds, if other than the usual time. */
  askEthereumEvery?: number;
}

/** Asks the validators of each EthereumNetwork again and again, and exports what they say. */
export class EthereumWatch {
  readonly queue = new WorkQueue({
    work: (key) => this.look(key),
    concurrency: 4,
    shortest: askEvery,
    longest: askEvery,
  });
  private readonly figures = new Map<string, EthereumFigures>();

  constructor(private readonly options: EthereumWatchOptions) {
    options.metrics.exportEthereum(() => this.figures.values());
  }

  /** Schedules the first question. */
  wake(key: string): void {
    this.queue.addWithin(key, 0);
  }

  private async look(key: string): Promise<void> {
    const { objects, log, askEthereumEvery = askEvery } = this.options;
    const network = objects.get(ethereumNetworks, key);
    if (network === undefined) {
      this.figures.delete(key);
      return;
    }
    try {
      this.figures.set(key, await this.ask(network, this.figures.get(key)));
    } catch (error) {
      log.warn("cannot ask an Ethereum network", { key, cause: messageOf(error) });
    }
    this.queue.addAfter(key, askEthereumEvery);
  }

  private async ask(network: EthereumNetwork, before: EthereumFigures | undefined): Promise<EthereumFigures> {
    const { namespace, labels } = network.metadata;
    const { client, validators, blockPeriodSeconds } = network.spec;
    const { api, askNode = nodeState, askProposed = proposedBlocks } = this.options;
    const { askValidators = (of: EthereumClient, url: string) => votingOf(of).validators(url) } = this.options;
    const urlOf = (name: string): string => `http://${serviceAddress(name, namespace, ethereumPorts.rpc)}`;
    const [listed, ...states] = await Promise.all([
      listedValidators(api, namespace),
      ...validators.map(({ name }) => askNode(urlOf(name)).catch(() => undefined)),
    ]);
    const head = Math.max(...states.map((state) => state?.block ?? -1));
    const first = validators.find((_, i) => states[i]?.block === head);
    const ask = <T>(what: (of: EthereumClient, url: string) => Promise<T>): Promise<T | undefined> =>
      first === undefined ? Promise.resolve(undefined) : what(client, urlOf(first.name)).catch(() => undefined);
    const [members, proposed] = await Promise.all([ask(askValidators), ask(askProposed)]);
    const isMember = (node: string): boolean => {
      const address = listed.find(({ name }) => name === node)?.address;
      return members === undefined || (address !== undefined && members.includes(address));
    };
    const nodes = validators.map(({ name: node }, i): EthereumNodeFigures => {
      const state = states[i];
      const known = state ?? before?.nodes.find((one) => one.node === node);
      const address = listed.find(({ name }) => name === node)?.address;
      const isCounted = address !== undefined && proposed !== undefined && isMember(node);
      return {
        ...{
          node,
          answers: state !== undefined,
          block: known?.block,
          timestamp: known?.timestamp,
          peers: state?.peers,
        },
        proposed: isCounted ? (proposed[address] ?? 0) : undefined,
      };
    });
    const agreed = members?.length ?? before?.validators.agreed ?? validators.length;
    const answering = nodes.filter(({ node, answers }) => answers && isMember(node)).length;
    return {
      ...{ namespace, network: labels?.[networkLabel] ?? namespace, blockPeriodSeconds, nodes },
      validators: { wanted: validators.length, agreed, answering, quorum: quorumOf(client, agreed) },
    };
  }
}

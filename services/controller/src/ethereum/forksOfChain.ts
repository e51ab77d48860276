/** The forks of an Ethereum network that begin after its first block: accepted once, before they begin, and kept for its nodes. */
import { retainUntilPurge } from "../../../../model/contracts/annotations";
import {
  ethereumForksKeys,
  ethereumForksName,
  ethereumGenesisKeys,
  ethereumGenesisName,
  forksText,
  type ForkTime,
} from "../../../../model/contracts/ethereum";
import { managedLabels, networkLabel } from "../../../../model/contracts/labels";
import { controllerName } from "../../../../model/contracts/names";
import { refusedForks } from "../../../../model/ethereum/forks";
import type { KubernetesApi } from "../../../common/kubernetes/kubernetesApi";
import { collections, type ConfigMap, type EthereumNetwork } from "../resources";
import { readConfigMap } from "./genesisOfChain";

/** The forks of a network. */
export interface SettledForks {
  /** Those that nodes use. */
  accepted: ForkTime[];
  /** Why they are not those of the spec, in sentences without their ends. */
  refused: string[];
}

/**
 * Keeps the forks of each network in a ConfigMap that only a purge deletes. The API server refuses most changes that come too late; this
 * is where the rest of them ends, as nodes take forks from here alone.
 */
export class ForksOfChain {
  constructor(private readonly api: KubernetesApi) {}

  /**
   * Accepts the forks of the spec, unless the chain has passed them. A chain without a genesis takes all.
   *
   * @param now - in seconds since 1970
   */
  async settle(network: EthereumNetwork, now: number): Promise<SettledForks> {
    const { namespace } = network.metadata;
    const wanted = network.spec.forks ?? [];
    const kept = await readConfigMap(this.api, namespace, ethereumForksName);
    const before = listIn(kept);
    if (wanted.length === 0 && before.length === 0 && kept === undefined) return { accepted: [], refused: [] };
    const genesis = await readConfigMap(this.api, namespace, ethereumGenesisName);
    const refused = genesis === undefined ? [] : [...inGenesis(genesis, wanted), ...refusedForks(before, wanted, now)];
    const accepted = refused.length > 0 ? before : wanted;
    const data = {
      [ethereumForksKeys.accepted]: forksText(accepted),
      [ethereumForksKeys.considered]: forksText(wanted),
    };
    const isSame = Object.entries(data).every(([key, text]) => kept?.data?.[key] === text);
    if (!isSame) await this.write(network, kept, data);
    return { accepted, refused };
  }

  /** An edit by somebody else in between is a conflict, and the next reconciliation tries again. */
  private async write(
    { metadata: { namespace, labels } }: EthereumNetwork,
    before: ConfigMap | undefined,
    data: Record<string, string>,
  ): Promise<void> {
    const collection = collections.configMaps(namespace);
    if (before !== undefined) {
      const body = { metadata: { resourceVersion: before.metadata.resourceVersion }, data };
      const contentType = "application/merge-patch+json";
      await this.api.call("PATCH", `${collection}/${ethereumForksName}`, { contentType, body });
      return;
    }
    const metadata = {
      name: ethereumForksName,
      namespace,
      labels: managedLabels(controllerName, labels?.[networkLabel]),
      annotations: retainUntilPurge,
    };
    await this.api.call("POST", collection, { body: { apiVersion: "v1", kind: "ConfigMap", metadata, data } });
  }
}

function listIn(configMap: ConfigMap | undefined): ForkTime[] {
  const text = configMap?.data?.[ethereumForksKeys.accepted];
  return text === undefined ? [] : (JSON.parse(text) as ForkTime[]);
}

/** Forks that the first block has; networks of earlier releases had all up to Cancun. */
function inGenesis(genesis: ConfigMap, wanted: readonly ForkTime[]): string[] {
  const { config } = JSON.parse(genesis.data?.[ethereumGenesisKeys.genesis] ?? "{}") as { config?: object };
  return wanted
    .filter(({ name }) => config !== undefined && `${name}Time` in config)
    .map(({ name }) => `the chain has ${name} from its first block on: leave forks.${name} out`);
}

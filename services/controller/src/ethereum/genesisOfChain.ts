/** The genesis of an Ethereum network, made once from what its validators have published. */
import { cliqueGenesis, type LaterFork, newNodeKey, nodeIdentity, qbftGenesis } from "@baas/ethereum";

import { retainUntilPurge } from "../../../../model/contracts/annotations";
import {
  ethereumGenesisKeys,
  ethereumGenesisName,
  ethereumIdentityKeys,
  ethereumIdentityName,
  ethereumTestAccount,
  type KnownValidator,
} from "../../../../model/contracts/ethereum";
import { managedLabels, networkLabel } from "../../../../model/contracts/labels";
import { controllerName } from "../../../../model/contracts/names";
import type { KubernetesApi } from "../../../common/kubernetes/kubernetesApi";
import { ApiError, unlessMissing } from "../../../common/kubernetes/request";
import { Halt, waiting } from "../reconciler";
import { collections, type ConfigMap, type EthereumNetwork } from "../resources";
import { ensureSecret } from "../secrets";

/** What the test account has in the beginning: a million ether, in wei. */
const testBalance = 10n ** 24n;

/** Keeps the genesis of each network, in an immutable ConfigMap that only a purge deletes. */
export class GenesisOfChain {
  constructor(private readonly api: KubernetesApi) {}

  /**
   * Makes the genesis, if there is none.
   *
   * @throws {@link Halt} naming the validators that have not published who they are
   */
  async ensure(network: EthereumNetwork): Promise<void> {
    const { namespace, labels } = network.metadata;
    if ((await this.read(namespace, ethereumGenesisName)) !== undefined) return;
    const validators = await this.validators(network);
    const file = await this.make(network, validators);
    const body = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: {
        name: ethereumGenesisName,
        namespace,
        labels: managedLabels(controllerName, labels?.[networkLabel]),
        annotations: retainUntilPurge,
      },
      immutable: true,
      data: {
        [ethereumGenesisKeys.genesis]: file,
        [ethereumGenesisKeys.validators]: `${JSON.stringify(validators, undefined, 2)}\n`,
      },
    };
    try {
      await this.api.call("POST", collections.configMaps(namespace), { body });
    } catch (error) {
      // Another controller was quicker: the first one counts.
      if (!(error instanceof ApiError && error.status === 409)) throw error;
    }
  }

  /** Who the validators are, as their pods have published. */
  private async validators({ metadata: { namespace }, spec }: EthereumNetwork): Promise<KnownValidator[]> {
    const found = await Promise.all(spec.validators.map((one) => publishedIdentity(this.api, namespace, one)));
    const silent = spec.validators.filter((_, i) => found[i] === undefined).map(({ name }) => name);
    if (silent.length > 0) {
      throw new Halt(waiting("IdentitiesMissing", `Waits for ${silent.join(", ")} to publish who they are.`));
    }
    return found as KnownValidator[];
  }

  private async make(network: EthereumNetwork, validators: readonly KnownValidator[]): Promise<string> {
    const { client, chainId, blockPeriodSeconds, gasLimit, freeGas, latestFork, allocations } = network.spec;
    const balances = allocations.map(({ address, balance }) => [address, BigInt(balance)] as const);
    const options = {
      ...{ chainId, blockPeriodSeconds, gasLimit },
      validators: validators.map(({ address }) => address),
    };
    const needsBalance = client === "geth" || !freeGas;
    const own = needsBalance ? [[await this.testAccount(network), testBalance] as const] : [];
    const all = Object.fromEntries([...own, ...balances]);
    const first: Partial<Record<LaterFork, number>> = latestFork === "london" ? {} : { [latestFork]: 0 };
    const genesis =
      client === "geth"
        ? cliqueGenesis({ ...options, allocations: all })
        : qbftGenesis({ ...options, allocations: all, freeGas, forks: first });
    return `${JSON.stringify(genesis, undefined, 2)}\n`;
  }

  /** Address of the account for tests, whose key is in a Secret. */
  private async testAccount(network: EthereumNetwork): Promise<string> {
    const { secret, key } = ethereumTestAccount;
    const { values } = await ensureSecret(this.api, network, secret, () => ({ [key]: newNodeKey() }));
    return nodeIdentity(values[key] as `0x${string}`).address;
  }

  private read(namespace: string, name: string): Promise<ConfigMap | undefined> {
    return readConfigMap(this.api, namespace, name);
  }
}

/** A ConfigMap, if it is there. */
export function readConfigMap(api: KubernetesApi, namespace: string, name: string): Promise<ConfigMap | undefined> {
  return unlessMissing(api.call<ConfigMap>("GET", `${collections.configMaps(namespace)}/${name}`));
}

/** Who a validator is, as its pod has published; undefined until then. */
export async function publishedIdentity(
  api: KubernetesApi,
  namespace: string,
  { name, host }: { name: string; host: string },
): Promise<KnownValidator | undefined> {
  const data = (await readConfigMap(api, namespace, ethereumIdentityName(name)))?.data ?? {};
  const [enodeId, address] = [data[ethereumIdentityKeys.enodeId], data[ethereumIdentityKeys.address]];
  return enodeId === undefined || address === undefined ? undefined : { name, host, enodeId, address };
}

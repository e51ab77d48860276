/** Who the validators of a network are: the first ones, and those that joined later. */
import { retainUntilPurge } from "../../../../model/contracts/annotations";
import {
  ethereumGenesisKeys,
  ethereumGenesisName,
  type KnownValidator,
  laterValidatorsName,
  presentValidatorsKey,
} from "../../../../model/contracts/ethereum";
import { managedLabels, networkLabel } from "../../../../model/contracts/labels";
import { controllerName } from "../../../../model/contracts/names";
import type { KubernetesApi } from "../../../common/kubernetes/kubernetesApi";
import { collections, type ConfigMap, type EthereumNetwork } from "../resources";
import { publishedIdentity, readConfigMap } from "./genesisOfChain";

const key = ethereumGenesisKeys.validators;

/**
 * The validators that the network has or had, as far as they have published who they are. Those that joined later are put into a
 * ConfigMap, which their pods wait for, with the names of all that the network has now. None is forgotten.
 */
export async function knownValidators(api: KubernetesApi, network: EthereumNetwork): Promise<KnownValidator[]> {
  const { namespace } = network.metadata;
  const [genesis, later] = await Promise.all(
    [ethereumGenesisName, laterValidatorsName].map((name) => readConfigMap(api, namespace, name)),
  );
  const known = [...listIn(genesis), ...listIn(later)];
  const unknown = network.spec.validators.filter(({ name }) => !known.some((one) => one.name === name));
  const found = await Promise.all(unknown.map((one) => publishedIdentity(api, namespace, one)));
  const fresh = found.filter((one) => one !== undefined);
  const present = network.spec.validators.map(({ name }) => name);
  const text = later?.data?.[presentValidatorsKey] ?? JSON.stringify(listIn(genesis).map(({ name }) => name));
  if (fresh.length > 0 || text !== JSON.stringify(present)) {
    await write(api, network, later, [...listIn(later), ...fresh], present);
  }
  return [...known, ...fresh];
}

/** The validators that the network has or had, as far as the controller has listed them. */
export async function listedValidators(api: KubernetesApi, namespace: string): Promise<KnownValidator[]> {
  const names = [ethereumGenesisName, laterValidatorsName];
  return (await Promise.all(names.map((name) => readConfigMap(api, namespace, name)))).flatMap(listIn);
}

function listIn(configMap: ConfigMap | undefined): KnownValidator[] {
  const text = configMap?.data?.[key];
  return text === undefined ? [] : (JSON.parse(text) as KnownValidator[]);
}

/** An edit by somebody else in between is a conflict, and the next reconciliation tries again. */
async function write(
  api: KubernetesApi,
  { metadata: { namespace, labels } }: EthereumNetwork,
  before: ConfigMap | undefined,
  list: readonly KnownValidator[],
  present: readonly string[],
): Promise<void> {
  const data = { [key]: `${JSON.stringify(list, undefined, 2)}\n`, [presentValidatorsKey]: JSON.stringify(present) };
  const collection = collections.configMaps(namespace);
  if (before !== undefined) {
    const body = { metadata: { resourceVersion: before.metadata.resourceVersion }, data };
    const contentType = "application/merge-patch+json";
    await api.call("PATCH", `${collection}/${laterValidatorsName}`, { contentType, body });
    return;
  }
  const metadata = {
    name: laterValidatorsName,
    namespace,
    labels: managedLabels(controllerName, labels?.[networkLabel]),
    annotations: retainUntilPurge,
  };
  await api.call("POST", collection, { body: { apiVersion: "v1", kind: "ConfigMap", metadata, data } });
}

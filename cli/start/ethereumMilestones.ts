/** The progress of an Ethereum network with times, read from its objects, for the summary of `npm start`. */
import { baas } from "../../model/baasCommand";
import { apiVersion } from "../../model/contracts/apiGroup";
import { ethereumSmokeTestName, type EthereumSmokeTestResult } from "../../model/contracts/ethereum";
import { smokeTestContainerName } from "../../model/contracts/smokeTest";
import type { Connection } from "../engine/cluster/clusterConnection";
import type { KubernetesObject } from "../engine/cluster/kubernetesObject";
import { type Milestone, milestone, readySince, seconds } from "./milestones";

/** The objects that show the milestones. */
export interface EthereumObjects {
  networks: KubernetesObject[];
  pods: KubernetesObject[];
}

/** Reads them from a network's namespace. */
export async function readEthereum({ api, discovery }: Connection, namespace: string): Promise<EthereumObjects> {
  const list = async (apiVersion: string, kind: string): Promise<KubernetesObject[]> =>
    (await api.list(discovery.get(apiVersion, kind), { namespace })).items;
  const [networks, pods] = await Promise.all([list(apiVersion, "EthereumNetwork"), list("v1", "Pod")]);
  return { networks, pods };
}

/** The results of smoke tests that have ended well. */
export function ethereumResults({ pods }: Pick<EthereumObjects, "pods">): EthereumSmokeTestResult[] {
  return pods.flatMap(({ status }) => {
    const ended = status?.containerStatuses?.find(({ name }: { name: string }) => name === smokeTestContainerName);
    const { exitCode, message } = ended?.state?.terminated ?? {};
    return exitCode === 0 && message ? [JSON.parse(message) as EthereumSmokeTestResult] : [];
  });
}

/** The milestones that have been reached, in the order of their times. */
export function ethereumMilestones(objects: EthereumObjects): Milestone[] {
  const nodes = objects.pods.filter(({ metadata }) => /^(validator|rpc)\d+-0$/.test(metadata.name));
  const all = [
    ...milestone(
      "images built, objects created",
      objects.networks.map(({ metadata }) => Date.parse(metadata.creationTimestamp ?? "")),
    ),
    ...milestone(`all ${nodes.length} nodes ready`, nodes.map(readySince)),
    ...objects.networks.flatMap((network) =>
      milestone(`chain ${network.spec.chainId} makes blocks`, [readySince(network)]),
    ),
    ...ethereumResults(objects).flatMap(transactions),
  ];
  return all.sort((a, b) => seconds(a.at) - seconds(b.at));
}

function transactions({ contract, transactions, readBack, readAt, answer }: EthereumSmokeTestResult): Milestone[] {
  return [
    ...transactions.map(({ what, hash, block, at }, i) => ({
      at: Date.parse(at),
      what: `${what} in block ${block}`,
      details: [`transaction ${hash}`, ...(i === 0 ? [`contract ${contract}`] : [])],
    })),
    { at: Date.parse(readAt), what: `read back from ${readBack.join(", ")}`, details: [answer] },
  ];
}

/** Commands to go on with. */
export function ethereumNext(stack: string, kubectl: string): string {
  const commands = [
    `${kubectl} -n ${stack} get pods,jobs,ethereumnetworks`,
    `${kubectl} -n ${stack} logs -c ${smokeTestContainerName} job/${ethereumSmokeTestName}   tells of the contract`,
    `${kubectl} -n ${stack} port-forward service/rpc0 8545   then wallets and tools call http://localhost:8545`,
    `${baas("destroy", stack)}   keeps chain and keys; --purge deletes them too`,
  ];
  return ["Try next:", ...commands.map((command) => `  ${command}`)].join("\n");
}

/** What of a picture is particular to a network of Ethereum: validators, bootnodes and RPC nodes of one chain. */
import { quorumOf } from "../../model/contracts/ethereum";
import { jsonRpcName } from "../../model/contracts/jsonRpc";
import type { EthereumPlan } from "../../model/ethereum/ethereumPlan";
import type { DrawnNetwork } from "./networkGraph";
import { roleTitle } from "./traffic";

const chain = { kind: "chain", title: "chain" } as const;
const inGateway = { kind: "gateway", title: "gateway" } as const;
const rolesOfChain = ["rpc-node", "bootnode", "validator", "client"];
const consensus = { besu: "Besu, QBFT", geth: "geth, clique" };

/** A network of Ethereum, as pictures show it. */
export function ethereumNetwork(plan: EthereumPlan): DrawnNetwork {
  const { name, namespace, environment, client, chainId, config, gateway } = plan;
  const nodes = [...plan.rpcNodes, ...plan.bootnodes, ...plan.validators];
  return {
    ...{ name, namespace, domain: config.domain ?? "", gatewayPort: gateway?.port, channels: [] },
    furtherNamespaces: {},
    facts: [consensus[client], `namespace ${namespace}`, `environment ${environment}`],
    boxes: [{ ...chain, subtitle: `ID ${chainId}`, channels: [] }],
    boxOf: (_, role) => (role === "json-rpc" ? inGateway : rolesOfChain.includes(role) ? chain : undefined),
    member: ({ name }) => {
      if (name === jsonRpcName) return { name: roleTitle("json-rpc", 1)!, title: name };
      return { name, title: nodes.find((node) => node.name === name)?.address ?? name };
    },
    describe: (role) => ({ detail: detailOf(role, plan), lines: [] }),
  };
}

function detailOf(role: string, { client, validators, gateway }: EthereumPlan): string {
  if (role === "validator") return `${quorumOf(client, validators.length)} of ${validators.length} agree`;
  if (role === "gateway") return gateway?.host ?? "";
  if (role === "json-rpc")
    return `${gateway?.methods.length} methods${gateway?.tokens === undefined ? "" : ", tokens"}`;
  return "";
}

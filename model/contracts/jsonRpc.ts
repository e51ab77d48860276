/** What the filter of JSON-RPC at an Ethereum network's gateway, and who puts it into the cluster, agree on. */

/** Name of the filter: of its Deployment, its Service and its ServiceAccount. */
export const jsonRpcName = "json-rpc";

/** Ports of its pods: of clients, by TLS; of Prometheus and of probes. */
export const jsonRpcPorts = { rpc: 8445, metrics: 8080, health: 8081 } as const;

/** Environment variable with the path of its settings. */
export const jsonRpcSettingsVariable = "RPC_SETTINGS";

/** Folder of its settings, and the file. */
export const jsonRpcConfigurationDir = "/etc/baas/json-rpc";
export const jsonRpcSettingsFile = "settings.json";

/** Folder of its certificate and key: a Secret of type kubernetes.io/tls. */
export const jsonRpcCertificateDir = "/etc/baas/json-rpc-certificate";

/** Name by which clients outside the cluster reach JSON-RPC: `rpc.<domain>`. */
export function jsonRpcHostName(domain: string): string {
  return `rpc.${domain}`;
}

/** Methods that clients may call: they read, or send what is signed already. */
export const usualMethods = [
  ...["eth_blobBaseFee", "eth_blockNumber", "eth_call", "eth_chainId", "eth_createAccessList", "eth_estimateGas"],
  ...["eth_feeHistory", "eth_gasPrice", "eth_getBalance", "eth_getBlockByHash", "eth_getBlockByNumber"],
  ...["eth_getBlockReceipts", "eth_getBlockTransactionCountByHash", "eth_getBlockTransactionCountByNumber"],
  ...["eth_getCode", "eth_getLogs", "eth_getProof", "eth_getStorageAt", "eth_getTransactionByBlockHashAndIndex"],
  ...["eth_getTransactionByBlockNumberAndIndex", "eth_getTransactionByHash", "eth_getTransactionCount"],
  ...["eth_getTransactionReceipt", "eth_getUncleByBlockHashAndIndex", "eth_getUncleByBlockNumberAndIndex"],
  ...["eth_getUncleCountByBlockHash", "eth_getUncleCountByBlockNumber", "eth_maxPriorityFeePerGas"],
  ...["eth_sendRawTransaction", "eth_subscribe", "eth_syncing", "eth_unsubscribe"],
  ...["net_listening", "net_version", "web3_clientVersion", "web3_sha3"],
] as const;

/** Methods that stack files may add: they tell more of the nodes. */
export const furtherMethods = [
  ...["eth_accounts", "eth_protocolVersion", "net_peerCount"],
  ...["txpool_besuStatistics", "txpool_besuTransactions", "txpool_content", "txpool_inspect", "txpool_status"],
] as const;

/** What may be subscribed to over a WebSocket. */
export const offeredSubscriptions = ["newHeads", "logs"] as const;

/** Why a method is not offered at a gateway, whatever the stack file says; undefined for one that nobody knows. */
export function whyNeverOffered(method: string): string | undefined {
  if (/^eth_(new\w*Filter|getFilter\w*|uninstallFilter)$/.test(method)) {
    return "keeps a filter on one node, which another does not know: clients poll eth_getLogs, or subscribe over a WebSocket";
  }
  if (/^(eth_send(Transaction|UserOperation)|eth_sign\w*|account_\w+|personal_\w+)$/.test(method)) {
    return "has a node sign, which has no key for clients: they sign themselves, and send with eth_sendRawTransaction";
  }
  if (/^(admin|clique|debug|engine|ibft|les|miner|perm|plugins|priv|eea|qbft|trace)_/.test(method)) {
    return "commands or inspects a node: call it from inside the cluster, with kubectl port-forward";
  }
  return undefined;
}

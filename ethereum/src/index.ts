/**
 * Private Ethereum networks: genesis files of Besu (QBFT) and geth (clique), who nodes are, and how they find each other.
 *
 * @packageDocumentation
 */
export { ascending, normalAddress } from "./addresses";
export { type EnodeAddress, enodeUrl, gethConfigFile, staticNodesFile } from "./enode";
export { EthereumError } from "./errors";
export { cliqueExtraData, qbftExtraData } from "./extraData";
export {
  cliqueGenesis,
  type Genesis,
  type GenesisOptions,
  genesisWithForks,
  type LaterFork,
  laterForks,
  qbftGenesis,
  type QbftGenesisOptions,
} from "./genesis";
export { newNodeKey, type NodeIdentity, nodeIdentity } from "./nodeKey";

/**
 * Administration of Hyperledger Fabric networks: channels and their configuration, orderers, peers, chaincode.
 *
 * Does not run `peer`, `osnadmin` or `configtxgen`. Failures throw {@link FabricError}.
 */
export * from "./chaincodePackage";
export { applicationOrganizationPolicies, applicationPolicies, channelPolicies } from "./config/usualPolicies";
export { ordererOrganizationPolicies, ordererPolicies } from "./config/usualPolicies";
export * from "./config/capabilities";
export { toApplicationOrganizationGroup, toChannelGroup, toSystemChannelGroup } from "./config/channelGroup";
export { computeUpdate } from "./config/delta";
export { consentersOf, describeChannel, describeSystemChannel } from "./config/describe";
export * from "./config/creation";
export * from "./config/description";
export * from "./config/edits";
export {
  checkChannelId,
  genesisBlock,
  genesisBlockOf,
  type GenesisOptions,
  systemChannelGenesisBlock,
} from "./config/genesisBlock";
export * from "./config/update";
export { etcdraftDefaults } from "./config/values";
export * from "./endorsementPolicy";
export {
  FabricError,
  isFabricError,
  type FabricErrorCode,
  type FabricErrorContext,
  type FabricErrorInit,
} from "./errors";
export type { Collection } from "./lifecycle/collections";
export {
  definitionsEqual,
  sequenceOf,
  type ApprovedDefinition,
  type ChaincodeDefinition,
  type CommittedDefinition,
} from "./lifecycle/definition";
export * from "./lifecycle/installedChaincode";
export * from "./lifecycle/lifecycle";
export {
  askChaincodeServer,
  type ChaincodeServer,
  type ChaincodeServerAnswer,
  type ChaincodeServerFault,
} from "./nodes/chaincodeServer";
export type { NodeEndpoint } from "./nodes/connection";
export type { Position, Seek } from "./nodes/deliver";
export { Orderer } from "./nodes/orderer";
export { Peer, type LedgerInfo } from "./nodes/peer";
export * from "./participation/channelParticipation";
export * from "./signaturePolicy";
export { pemSigner, type Signer } from "./signer";
export { newProposal, type Invocation, type Proposal } from "./transaction/proposal";
export { broadcastToAny, submit, type Committed, type SubmitOptions } from "./transaction/submit";
export {
  blockDataHash,
  blockHeaderHash,
  blockNumber,
  parseConfigBlock,
  readConfigBlock,
  type ConfigBlock,
} from "./wire/block";

/** Administration of Hyperledger Fabric networks. */
export * from "./chaincodePackage";
export * from "./endorsementPolicy";

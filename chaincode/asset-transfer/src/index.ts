/** The exports for `fabric-chaincode-node`: the contracts, and the serializer of arguments and results. */
import { AssetTransfer } from "./assetTransfer";
import { SortedJsonSerializer } from "./sortedJson";

/** What `fabric-chaincode-node` looks for: the contracts of this chaincode, the first being the default one. */
export const contracts = [AssetTransfer];

/** The serializer of arguments and results: numbers are checked strictly, objects are JSON with sorted keys. */
export const serializers = {
  transaction: "sortedJson",
  serializers: { sortedJson: SortedJsonSerializer },
};

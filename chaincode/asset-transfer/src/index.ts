/** What the image offers to `fabric-chaincode-node`: its contracts, and how arguments and results travel. */
import { AssetTransfer } from "./assetTransfer";
import { SortedJsonSerializer } from "./sortedJson";

/** What `fabric-chaincode-node` looks for: the contracts of this chaincode, the first being the default one. */
export const contracts = [AssetTransfer];

/** How arguments and results travel: numbers are checked strictly, objects are JSON with sorted keys. */
export const serializers = {
  transaction: "sortedJson",
  serializers: { sortedJson: SortedJsonSerializer },
};

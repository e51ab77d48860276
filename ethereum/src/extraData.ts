/** `extraData` of genesis blocks: the first validators, in the form of each consensus. */
import * as Hex from "ox/Hex";
import * as Rlp from "ox/Rlp";

import { ascending } from "./addresses";

const vanity = Hex.padLeft("0x", 32);

/**
 * `extraData` for QBFT: RLP of 32 zero bytes, the validators in ascending order, no vote, round 0 and no seals.
 *
 * @param validators - addresses of the first validators, in any order
 * @throws {@link EthereumError} when one is no address, or is there twice
 */
export function qbftExtraData(validators: readonly string[]): `0x${string}` {
  return Rlp.fromHex([vanity, ascending(validators), [], "0x", []]);
}

/**
 * `extraData` for clique: 32 zero bytes, the signers in ascending order, and 65 zero bytes for a seal.
 *
 * @param signers - addresses of the first signers, in any order
 * @throws {@link EthereumError} when one is no address, or is there twice
 */
export function cliqueExtraData(signers: readonly string[]): `0x${string}` {
  return Hex.concat(vanity, ...ascending(signers), Hex.padLeft("0x", 65));
}

/** The key of a node, and what it is known by: its enode ID among nodes, its address among validators. */
import * as Address from "ox/Address";
import * as PublicKey from "ox/PublicKey";
import * as Secp256k1 from "ox/Secp256k1";

import { EthereumError } from "./errors";

/** Who a node is, by its public key. Nothing of it is secret. */
export interface NodeIdentity {
  /** The public key, 128 hexadecimal digits: the user part of an enode URL. */
  enodeId: string;
  /** The address that signs blocks, in lower case. */
  address: `0x${string}`;
}

/** Makes a private key of secp256k1: 32 random bytes, in hexadecimal digits. */
export function newNodeKey(): `0x${string}` {
  return Secp256k1.randomPrivateKey();
}

/**
 * Derives who a node is from its private key.
 *
 * @throws {@link EthereumError} when it is no private key of secp256k1
 */
export function nodeIdentity(privateKey: `0x${string}`): NodeIdentity {
  const publicKey = publicKeyOf(privateKey);
  // Without the byte that says that the key is uncompressed.
  const enodeId = PublicKey.toHex(publicKey, { includePrefix: false }).slice(2);
  return { enodeId, address: Address.fromPublicKey(publicKey).toLowerCase() as `0x${string}` };
}

function publicKeyOf(privateKey: `0x${string}`): PublicKey.PublicKey {
  try {
    if (/^0x[0-9a-f]{64}$/.test(privateKey)) return Secp256k1.getPublicKey({ privateKey });
  } catch {
    // No number that is a key.
  }
  throw new EthereumError("a node's key is 32 bytes, and a number that secp256k1 has as a key");
}

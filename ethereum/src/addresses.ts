/** Addresses of accounts. */
import * as Address from "ox/Address";

import { EthereumError } from "./errors";

/**
 * Addresses in lower case and ascending order, as blocks list validators.
 *
 * @throws {@link EthereumError} when one is no address, or is there twice
 */
export function ascending(addresses: readonly string[]): `0x${string}`[] {
  const sorted = addresses.map(normalAddress).sort();
  const twice = sorted.find((address, i) => address === sorted[i + 1]);
  if (twice !== undefined) throw new EthereumError(`${twice} is there twice: each node has an address of its own`);
  return sorted;
}

/**
 * An address in lower case. One in mixed case must have the right checksum.
 *
 * @throws {@link EthereumError} when it is no address
 */
export function normalAddress(text: string): `0x${string}` {
  if (!Address.validate(text, { strict: text !== text.toLowerCase() })) {
    throw new EthereumError(
      `"${text}" is no address: 0x and 40 hexadecimal digits; a checksum in upper and lower case must hold`,
    );
  }
  return text.toLowerCase() as `0x${string}`;
}

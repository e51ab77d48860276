/** The error of this library. */

/** What was given cannot be part of a network; the message says why. */
export class EthereumError extends Error {
  override name = "EthereumError";
}

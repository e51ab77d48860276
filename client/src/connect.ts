/** Connects a client. */
import { BlockchainClient } from "./client.ts";
import { type ConfigurationSource, defaultFile, readConnection } from "./configuration/configurationFile.ts";
import type { ConfigurationInput } from "./configuration/schema.ts";
import type { Signer } from "./identity/identity.ts";
import { MemoryStore, type TransactionStore } from "./transaction/transactionStore.ts";

/** Options of {@link connect}. */
export interface ConnectOptions {
  /** Signs in place of the configuration's `identity`. */
  signer?: Signer;
  /** Where transactions are kept before they are sent; by default in memory. */
  store?: TransactionStore;
}

/**
 * Connects to the gateway peers of an organization. Nothing is sent until the first call.
 *
 * @param configuration - path of a blockchain_client.yaml, or its settings; by default the path in the environment variable
 *   `BLOCKCHAIN_CLIENT`, or `blockchain_client.yaml` in the working directory
 * @param options - a signer or a store of your own
 * @throws ClientError `INVALID_CONFIGURATION` that names each mistake, its place and what to write there
 *
 * @example
 * ```js
 * import { connect } from "@baas/client";
 *
 * const client = await connect("blockchain_client.yaml");
 * await client.submit("CreateAsset", ["asset1", "alice"]);
 * client.close();
 * ```
 */
export async function connect(
  configuration: string | ConfigurationInput = process.env.BLOCKCHAIN_CLIENT ?? defaultFile,
  options: ConnectOptions = {},
): Promise<BlockchainClient> {
  const source: ConfigurationSource = { from: configuration, ...(options.signer && { signer: options.signer }) };
  return new BlockchainClient(source, readConnection(source), options.store ?? new MemoryStore());
}

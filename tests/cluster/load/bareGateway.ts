/** An application on fabric-gateway alone, with one peer, for comparison. */
import { createPrivateKey } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { Client, credentials } from "@grpc/grpc-js";
import { connect, type Contract, type Gateway, hash, signers } from "@hyperledger/fabric-gateway";
import { load } from "js-yaml";

import { pemSigner } from "../../../client/src/identity/identity";

/** Who signs: the pure JavaScript of fabric-gateway, as usual, or OpenSSL. */
export type BareSigner = "javascript" | "native";

/** A connection of a bare fabric-gateway to one peer. */
export interface BareGateway {
  contract: Contract;
  gateway: Gateway;
  close(): void;
}

/**
 * Connects by the settings in a blockchain_client.yaml.
 *
 * @param file - its path
 */
export function connectBare(file: string, signer: BareSigner = "javascript"): BareGateway {
  const settings = load(readFileSync(file, "utf8")) as any;
  const only = (path: string): Buffer => {
    const folder = join(dirname(file), path);
    return readFileSync(join(folder, readdirSync(folder)[0]!));
  };
  const [certificate, key] = [only(settings.identity.certificate), only(settings.identity.privateKey)];
  const [peer] = settings.peers as string[];
  const root = readFileSync(join(dirname(file), settings.tlsRoots));
  const client = new Client(settings.gateway, credentials.createSsl(root), {
    "grpc.ssl_target_name_override": peer!.split(":")[0]!,
  });
  const native = pemSigner(settings.mspId, String(certificate), String(key));
  const gateway = connect({
    client,
    identity: { mspId: settings.mspId, credentials: certificate },
    ...(signer === "native"
      ? { hash: hash.none, signer: (message: Uint8Array) => native.sign(message) }
      : { hash: hash.sha256, signer: signers.newPrivateKeySigner(createPrivateKey(key)) }),
  });
  const contract = gateway.getNetwork(settings.channel).getContract(settings.chaincode);
  return { contract, gateway, close: () => client.close() };
}

/** Sends a signed transaction to the orderers, whether or not it was sent before. */
export async function sendSigned(file: string, transaction: Uint8Array): Promise<void> {
  const { gateway, close } = connectBare(file);
  await gateway.newTransaction(transaction).submit();
  close();
}

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
  const settings = settingsIn(file);
  const { certificate, privateKey } = settings;
  const client = new Client(settings.gateway, credentials.createSsl(settings.tlsRoots), {
    "grpc.ssl_target_name_override": settings.peer.split(":")[0]!,
  });
  const native = pemSigner(settings.mspId, certificate, privateKey);
  const gateway = connect({
    client,
    identity: { mspId: settings.mspId, credentials: Buffer.from(certificate) },
    ...(signer === "native"
      ? { hash: hash.none, signer: (message: Uint8Array) => native.sign(message) }
      : { hash: hash.sha256, signer: signers.newPrivateKeySigner(createPrivateKey(privateKey)) }),
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

/** What a bare client needs of a blockchain_client.yaml, with the contents of the files that it names. */
export function settingsIn(file: string) {
  const { identity, tlsRoots, peers, ...settings } = load(readFileSync(file, "utf8")) as any;
  const only = (path: string): string => {
    const folder = join(dirname(file), path);
    return readFileSync(join(folder, readdirSync(folder)[0]!), "utf8");
  };
  return {
    ...(settings as { mspId: string; channel: string; chaincode: string; gateway: string }),
    certificate: only(identity.certificate),
    privateKey: only(identity.privateKey),
    tlsRoots: readFileSync(join(dirname(file), tlsRoots)),
    peer: peers[0] as string,
  };
}

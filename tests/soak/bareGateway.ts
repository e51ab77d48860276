/** An application on fabric-gateway alone, with its usual signer and one peer, for comparison. */
import { createPrivateKey } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { Client, credentials } from "@grpc/grpc-js";
import { connect, type Contract, type Gateway, hash, signers } from "@hyperledger/fabric-gateway";
import { load } from "js-yaml";

/** A connection of a bare fabric-gateway to one peer, by the settings in a blockchain_client.yaml. */
function connectBare(file: string): { contract: Contract; gateway: Gateway; close(): void } {
  const settings = load(readFileSync(file, "utf8")) as any;
  const only = (path: string): Buffer => {
    const folder = join(dirname(file), path);
    return readFileSync(join(folder, readdirSync(folder)[0]!));
  };
  const [peer] = settings.peers as string[];
  const root = readFileSync(join(dirname(file), settings.tlsRoots));
  const client = new Client(settings.gateway, credentials.createSsl(root), {
    "grpc.ssl_target_name_override": peer!.split(":")[0]!,
  });
  const gateway = connect({
    client,
    hash: hash.sha256,
    identity: { mspId: settings.mspId, credentials: only(settings.identity.certificate) },
    signer: signers.newPrivateKeySigner(createPrivateKey(only(settings.identity.privateKey))),
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

/**
 * Submits as many transactions as it can, with a constant number in flight.
 *
 * @param file - path of a blockchain_client.yaml
 * @returns transactions a second and CPU time, in words
 */
export async function measureGateway(file: string, inFlight: number, seconds: number): Promise<string> {
  const { contract, close } = connectBare(file);
  const end = Date.now() + seconds * 1000;
  const cpu = process.cpuUsage();
  let count = 0;
  const worker = async (_: unknown, i: number): Promise<void> => {
    for (let n = 0; Date.now() < end; n++, count++)
      await contract.submitTransaction("CreateAsset", `bare-${inFlight}-${i}-${n}`, "bare", "an asset", "1");
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  const { user, system } = process.cpuUsage(cpu);
  close();
  return `${(count / seconds).toFixed(0)} tx/s, ${((user + system) / 1000 / count).toFixed(2)} ms of CPU each`;
}

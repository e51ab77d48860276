/** For the benchmark `client-library`: the ways in which a transaction is submitted. */
import { readFileSync } from "node:fs";
import { Agent, request } from "node:http";

import { Client, credentials } from "@grpc/grpc-js";
import { connect as connectGateway, hash } from "@hyperledger/fabric-gateway";
import { load } from "js-yaml";

import type { ConfigurationInput } from "../../client/src/configuration/schema";
import { connect } from "../../client/src/connect";
import { pemSigner } from "../../client/src/identity/identity";

/** Submits one transaction, and resolves when it is committed. */
export type Submit = (asset: string) => Promise<unknown>;

/** Each way, by its name: `at` is the path of a blockchain_client.yaml, or the URL of an API server. */
export const callers: Record<string, (at: string) => Promise<Submit>> = {
  /** An application on fabric-gateway alone, with one peer, as its samples are; and the signer of the library. */
  async bare(at) {
    const settings = load(readFileSync(at, "utf8")) as ConfigurationInput;
    const { certificate, privateKey } = settings.identity!;
    const signer = pemSigner(settings.mspId, readFileSync(certificate, "utf8"), readFileSync(privateKey, "utf8"));
    const gateway = connectGateway({
      client: new Client(settings.peers[0]!, credentials.createSsl(readFileSync(String(settings.tlsRoots)))),
      identity: { mspId: settings.mspId, credentials: Buffer.from(signer.certificate) },
      hash: hash.none,
      signer: (message) => signer.sign(message),
    });
    const contract = gateway.getNetwork(settings.channel).getContract(settings.chaincode!);
    return (asset) => contract.submitTransaction("CreateAsset", asset, "alice");
  },

  async library(at) {
    const client = await connect(at);
    return (asset) => client.submit("CreateAsset", [asset, "alice"]);
  },

  async api(at) {
    const agent = new Agent({ keepAlive: true });
    const url = `${at}/v1/channels/main/chaincodes/assets/submit`;
    return (asset) => post(url, agent, JSON.stringify({ function: "CreateAsset", arguments: [asset, "alice"] }));
  },
};

function post(url: string, agent: Agent, body: string): Promise<void> {
  const headers = { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    request(url, { method: "POST", agent, headers }, (response) => {
      response.setEncoding("utf8");
      let text = "";
      response.on("data", (part: string) => (text += part));
      response.on("end", () => (response.statusCode === 200 ? resolve() : reject(new Error(text))));
    })
      .once("error", reject)
      .end(body);
  });
}

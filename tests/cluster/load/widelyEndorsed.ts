/** Transactions that more peers endorse than their policy asks for, as clients of Fabric 1 used to have it. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { Client, credentials } from "@grpc/grpc-js";
import { common, gateway as gatewayMessages, peer as peerMessages } from "@hyperledger/fabric-protos";

import { pemSigner } from "../../../client/src/identity/identity";
import { type BareGateway, connectBare, settingsIn } from "./bareGateway";

const processProposal = "/protos.Endorser/ProcessProposal";

/** Has transactions endorsed by the peer of a bare gateway, and by other peers beside it. */
export class WidelyEndorsed {
  private readonly bare: BareGateway;
  private readonly others: Client[];
  private readonly signer: ReturnType<typeof pemSigner>;

  /**
   * @param file - path of a blockchain_client.yaml
   * @param others - external names of the other peers, such as `peer0.org2.dev.example.com`
   */
  constructor(file: string, others: readonly string[]) {
    this.bare = connectBare(file, "native");
    const { mspId, gateway, certificate, privateKey } = settingsIn(file);
    this.signer = pemSigner(mspId, certificate, privateKey);
    const roots = join(dirname(file), "../../tls");
    const root = Buffer.concat(readdirSync(roots).map((name) => readFileSync(join(roots, name))));
    this.others = others.map(
      (name) => new Client(gateway, credentials.createSsl(root), { "grpc.ssl_target_name_override": name }),
    );
  }

  /** Submits a transaction with the endorsements of all these peers, and waits until it is committed. */
  async submit(functionName: string, ...args: string[]): Promise<void> {
    const { contract, gateway } = this.bare;
    const unsigned = contract.newProposal(functionName, { arguments: args });
    const proposal = gateway.newSignedProposal(unsigned.getBytes(), await this.signer.sign(unsigned.getDigest()));
    const { ProposedTransaction } = gatewayMessages;
    const message = ProposedTransaction.deserializeBinary(proposal.getBytes()).getProposal()!.serializeBinary();
    const [transaction, ...responses] = await Promise.all([
      proposal.endorse(),
      ...this.others.map((client) => endorse(client, message)),
    ]);
    const prepared = withEndorsements(transaction.getBytes(), responses);
    const status = await (await gateway.newTransaction(prepared).submit()).getStatus();
    if (!status.successful) throw new Error(`${status.transactionId}: ${status.code}`);
  }

  close(): void {
    this.bare.close();
    for (const client of this.others) client.close();
  }
}

function endorse(client: Client, proposal: Uint8Array): Promise<peerMessages.ProposalResponse> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      processProposal,
      (bytes: Uint8Array) => Buffer.from(bytes),
      (bytes: Buffer) => peerMessages.ProposalResponse.deserializeBinary(bytes),
      proposal,
      (error, response) => (error ? reject(error) : resolve(response!)),
    );
  });
}

/** A prepared transaction with further endorsements; its signature is made anew. */
function withEndorsements(bytes: Uint8Array, responses: readonly peerMessages.ProposalResponse[]): Uint8Array {
  const prepared = gatewayMessages.PreparedTransaction.deserializeBinary(bytes);
  const envelope = prepared.getEnvelope()!;
  const payload = common.Payload.deserializeBinary(envelope.getPayload_asU8());
  const transaction = peerMessages.Transaction.deserializeBinary(payload.getData_asU8());
  const [action] = transaction.getActionsList();
  const content = peerMessages.ChaincodeActionPayload.deserializeBinary(action!.getPayload_asU8());
  for (const response of responses) content.getAction()!.addEndorsements(response.getEndorsement());
  action!.setPayload(content.serializeBinary());
  payload.setData(transaction.serializeBinary());
  envelope.setPayload(payload.serializeBinary());
  envelope.setSignature("");
  return prepared.serializeBinary();
}

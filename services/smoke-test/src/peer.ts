/** Calls to peers: to their Gateway service, and to the peers directly. */
import type { KeyObject } from "node:crypto";

import { type ChannelCredentials, Client, type ServiceError } from "@grpc/grpc-js";
import { connect, type Gateway, hash, signers, type Status, type Transaction } from "@hyperledger/fabric-gateway";
import { gateway, msp, peer } from "@hyperledger/fabric-protos";

import { openChannel } from "../../../fabric/src/nodes/channel";
import type { SmokeTestPeer } from "../../../model/contracts/smokeTest";
import { Failure, TryAgain } from "../../common/failure";
import { inStage } from "./failure";
import { isPassing } from "./outcomes";

/** Who calls. */
export interface Identity {
  mspId: string;
  /** PEM. */
  certificate: string;
  key: KeyObject;
}

/** Longest time for one call, and for a transaction that was sent to be committed or taken again; in milliseconds. */
const callTimeout = 30_000;
const commitTimeout = 10_000;

const within = (timeout: number) => () => ({ deadline: Date.now() + timeout });
const withDeadline = within(callTimeout);

/** A peer as a client sees it. */
export class Peer {
  readonly organization: string;
  readonly name: string;
  /** Its Gateway service: has transactions endorsed by as many peers as the policy asks for, and sends them to the orderers. */
  readonly gateway: Gateway;
  private readonly client: Client;
  private readonly endorser: peer.EndorserClient;
  private readonly sign: (digest: Uint8Array) => Promise<Uint8Array>;

  constructor(
    { organization, name, address }: SmokeTestPeer,
    credentials: ChannelCredentials,
    private readonly identity: Identity,
  ) {
    this.organization = organization;
    this.name = name;
    this.client = new Client(address, credentials, { channelOverride: openChannel(address, credentials) });
    this.endorser = new peer.EndorserClient(address, credentials, { channelOverride: this.client.getChannel() });
    this.sign = signers.newPrivateKeySigner(identity.key);
    this.gateway = connect({
      client: this.client,
      identity: { mspId: identity.mspId, credentials: Buffer.from(identity.certificate) },
      signer: this.sign,
      hash: hash.sha256,
      endorseOptions: withDeadline,
      submitOptions: withDeadline,
      commitStatusOptions: within(commitTimeout),
    });
  }

  /** Sends a transaction to the orderers that was sent before, by this peer or another one. */
  async sendAgain(transaction: Transaction): Promise<void> {
    await this.gateway.newTransaction(transaction.getBytes()).submit(within(commitTimeout)());
  }

  /**
   * The outcome of a transaction, as soon as this peer has committed it.
   *
   * @throws {@link GatewayError} `DEADLINE_EXCEEDED` when it has not within ten seconds
   */
  commitStatus(channel: string, transactionId: string): Promise<Status> {
    const creator = new msp.SerializedIdentity();
    creator.setMspid(this.identity.mspId);
    creator.setIdBytes(Buffer.from(this.identity.certificate));
    const request = new gateway.CommitStatusRequest();
    request.setChannelId(channel);
    request.setTransactionId(transactionId);
    request.setIdentity(creator.serializeBinary());
    const unsigned = new gateway.SignedCommitStatusRequest();
    unsigned.setRequest(request.serializeBinary());
    return this.gateway.newCommit(unsigned.serializeBinary()).getStatus();
  }

  /**
   * Evaluates a function on this peer. Its Gateway service is not used, because it might call another peer.
   *
   * @throws {@link TryAgain} when the peer, or its chaincode server, does not answer
   * @throws {@link Failure} when the peer or the chaincode refuses
   */
  async query(channel: string, chaincode: string, name: string, args: readonly (string | Uint8Array)[]) {
    const contract = this.gateway.getNetwork(channel).getContract(chaincode);
    const unsigned = contract.newProposal(name, { arguments: [...args] });
    const signature = await this.sign(unsigned.getDigest());
    const signed = this.gateway.newSignedProposal(unsigned.getBytes(), signature);
    const proposal = gateway.ProposedTransaction.deserializeBinary(signed.getBytes()).getProposal()!;
    const answer = await this.processProposal(name, proposal);
    const response = answer.getResponse()!;
    const code = response.getStatus();
    if (code >= 200 && code < 400) return Buffer.from(response.getPayload_asU8());
    // An answer without a payload is a failure of the peer, not of the chaincode.
    const isPeers = code === 500 && answer.getPayload_asU8().length === 0;
    const reason = `${this.name}: ${isPeers ? "" : `chaincode response ${code}, `}${response.getMessage()}`;
    throw new (isPeers ? TryAgain : Failure)(...inStage({ stage: "evaluate", what: name, reason }));
  }

  close(): void {
    this.client.close();
  }

  private processProposal(what: string, proposal: peer.SignedProposal): Promise<peer.ProposalResponse> {
    return new Promise((resolve, reject) => {
      this.endorser.processProposal(proposal, withDeadline(), (error: ServiceError | null, answer) => {
        if (error === null) return resolve(answer!);
        const reason = `${this.name}: ${error.message}`;
        reject(new (isPassing(error) ? TryAgain : Failure)(...inStage({ stage: "evaluate", what, reason })));
      });
    });
  }
}

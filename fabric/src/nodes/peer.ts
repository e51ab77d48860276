/**
 * A peer as administrators use it over gRPC: channels, blocks, and the proposals that everything else is made of.
 *
 * Source: Fabric documentation, "System chaincode" (cscc, qscc); fabric-protos, peer/peer.proto.
 */
import { common, peer } from "@hyperledger/fabric-protos";

import { FabricError, type FabricErrorContext, isFabricError } from "../errors";
import type { Signer } from "../signer";
import { type Invocation, newProposal, type Proposal } from "../transaction/proposal";
import { type ConfigBlock, parseConfigBlock, readConfigBlock } from "../wire/block";
import { Connection, type NodeEndpoint, unused } from "./connection";
import { deliver, type Seek, seekEnvelope } from "./deliver";
import { chaincodeError, grpcError } from "./nodeError";

/** How long a peer's copy of a channel is. */
export interface LedgerInfo {
  /** Number of blocks. */
  height: number;
  /** Hash of the newest block's header, in hexadecimal: two peers at one height have the same ledger if it is equal. */
  currentBlockHash: string;
  /** Hash of the header of the block before. */
  previousBlockHash: string;
}

/** A peer, administered as one identity. Keeps a connection open; `close` it. Methods throw {@link FabricError}. */
export class Peer {
  private readonly connection: Connection;
  private readonly endorser: peer.EndorserClient;
  private readonly events: peer.DeliverClient;

  /**
   * @param signer - who asks: to join channels and install chaincode, an administrator of the peer's organization
   */
  constructor(
    readonly endpoint: NodeEndpoint,
    readonly signer: Signer,
  ) {
    this.connection = new Connection(endpoint);
    this.endorser = new peer.EndorserClient(endpoint.address, unused, this.connection.clientOptions);
    this.events = new peer.DeliverClient(endpoint.address, unused, this.connection.clientOptions);
  }

  /** IDs of the channels that the peer has joined, sorted. */
  async channels(): Promise<string[]> {
    const step = "listing the channels";
    const payload = await this.query({ channel: "", chaincode: "cscc", args: ["GetChannels"] }, step);
    const answer = peer.ChannelQueryResponse.deserializeBinary(payload);
    return answer
      .getChannelsList()
      .map((info) => info.getChannelId())
      .sort();
  }

  /**
   * Joins a channel; does nothing if the peer has joined already.
   *
   * @param block - serialized block 0 of the channel, see {@link Orderer.genesisBlock}
   * @returns whether it was not a member before
   */
  async join(block: Uint8Array): Promise<boolean> {
    const { channel } = parseConfigBlock(block);
    if ((await this.channels()).includes(channel)) return false;
    try {
      const invocation = { channel: "", chaincode: "cscc", args: ["JoinChain", block] };
      await this.query(invocation, "joining the channel", channel);
      return true;
    } catch (error) {
      if (isFabricError(error, "ALREADY_EXISTS", "TIMEOUT") && (await this.channels()).includes(channel)) return false;
      throw error;
    }
  }

  /** Height of the peer's copy of a channel, and the hashes at its end. */
  async ledgerInfo(channel: string): Promise<LedgerInfo> {
    const invocation = { channel, chaincode: "qscc", args: ["GetChainInfo", channel] };
    const info = common.BlockchainInfo.deserializeBinary(await this.query(invocation, "reading the ledger's height"));
    return {
      height: info.getHeight(),
      currentBlockHash: Buffer.from(info.getCurrentblockhash_asU8()).toString("hex"),
      previousBlockHash: Buffer.from(info.getPreviousblockhash_asU8()).toString("hex"),
    };
  }

  /**
   * One block of a channel.
   *
   * @throws FabricError `NOT_FOUND` if the peer does not have it
   */
  async block(channel: string, number: number): Promise<common.Block> {
    const invocation = { channel, chaincode: "qscc", args: ["GetBlockByNumber", channel, String(number)] };
    return common.Block.deserializeBinary(await this.query(invocation, `reading block ${number}`));
  }

  /**
   * The block whose header has this hash.
   *
   * @param hash - in hexadecimal
   * @throws FabricError `NOT_FOUND` if the peer does not have it
   */
  async blockByHash(channel: string, hash: string): Promise<common.Block> {
    const invocation = { channel, chaincode: "qscc", args: ["GetBlockByHash", channel, Buffer.from(hash, "hex")] };
    return common.Block.deserializeBinary(await this.query(invocation, `reading block ${hash}`));
  }

  /**
   * The block of a transaction, valid or not. Use it when the answer to a submission was lost.
   *
   * @throws FabricError `NOT_FOUND` if the peer has no such transaction
   */
  async blockOfTransaction(channel: string, transactionId: string): Promise<common.Block> {
    const invocation = { channel, chaincode: "qscc", args: ["GetBlockByTxID", channel, transactionId] };
    return common.Block.deserializeBinary(await this.query(invocation, `looking for transaction ${transactionId}`));
  }

  /** The channel's current configuration, as the peer has it. It may be behind the orderers. */
  async config(channel: string): Promise<ConfigBlock> {
    const step = "reading the configuration";
    const invocation = { channel, chaincode: "cscc", args: ["GetConfigBlock", channel] };
    const read = readConfigBlock(common.Block.deserializeBinary(await this.query(invocation, step)));
    if (read !== undefined) return read;
    throw new FabricError({ ...this.where(step, channel), code: "PROTOCOL", reason: "the block holds none" });
  }

  /**
   * Runs a chaincode function on this peer alone, without a transaction.
   *
   * @param step - what it is for, for messages
   * @param about - channel that it is about, when the invocation itself names none
   * @returns what the function returned
   */
  async query(invocation: Invocation, step: string, about = invocation.channel): Promise<Uint8Array> {
    const response = await this.endorse(await newProposal(invocation, this.signer), step, about);
    return response.getResponse()!.getPayload_asU8();
  }

  /**
   * Asks the peer to run a proposal and sign the result.
   *
   * @throws FabricError if the peer cannot be asked, or the chaincode answers with status 400 or above
   */
  async endorse(proposal: Proposal, step: string, about = proposal.invocation.channel): Promise<peer.ProposalResponse> {
    const where = this.where(step, about);
    const response = await new Promise<peer.ProposalResponse>((resolve, reject) => {
      this.endorser.processProposal(proposal.signed, this.connection.callOptions(), (error, answer) => {
        if (error || answer === undefined) reject(grpcError(where, error));
        else resolve(answer);
      });
    });
    const answer = response.getResponse();
    const status = answer?.getStatus() ?? 0;
    if (status < 200 || status >= 400) throw chaincodeError(where, status, answer?.getMessage() ?? "");
    return response;
  }

  /**
   * Blocks of a channel as they come, with transaction IDs and validation codes only.
   *
   * @param timeoutMs - milliseconds after which the stream ends in a `TIMEOUT`; default: that of a request
   */
  async *filteredBlocks(
    channel: string,
    seek: Seek,
    timeoutMs?: number,
  ): AsyncGenerator<peer.FilteredBlock, void, void> {
    const request = await seekEnvelope(channel, seek, this.signer, this.connection.tlsCertificateHash);
    const open = () => this.events.deliverFiltered(this.connection.callOptions(timeoutMs));
    for await (const message of deliver(open, request, this.where("reading events", channel))) {
      const block = message.getFilteredBlock();
      if (block !== undefined) yield block;
    }
  }

  /** Closes the connection. */
  close(): void {
    this.connection.close();
  }

  /** Where a failure with this peer happened. */
  where(step: string, channel?: string): FabricErrorContext {
    const { name, organization } = this.endpoint;
    return { step, channel: channel === "" ? undefined : channel, node: name, organization };
  }
}

/** An orderer as clients and administrators use it over gRPC. Its channel participation is another API. */
import { common, orderer } from "@hyperledger/fabric-protos";

import { FabricError, type FabricErrorContext } from "../errors";
import type { Signer } from "../signer";
import { type ConfigBlock, lastConfigNumber, readConfigBlock } from "../wire/block";
import { Connection, type NodeEndpoint, unused } from "./connection";
import { deliver, type Position, type Seek, seekEnvelope } from "./deliver";
import { grpcError, statusError } from "./nodeError";

/** An orderer, called as one identity. Keeps a connection open; `close` it. Methods throw {@link FabricError}. */
export class Orderer {
  private readonly connection: Connection;
  private readonly client: orderer.AtomicBroadcastClient;

  /**
   * @param signer - who asks: for reading blocks a member of an organization that the channel's `Readers` policy admits
   */
  constructor(
    readonly endpoint: NodeEndpoint,
    readonly signer: Signer,
  ) {
    this.connection = new Connection(endpoint);
    this.client = new orderer.AtomicBroadcastClient(endpoint.address, unused, this.connection.clientOptions);
  }

  /**
   * Sends one message to be ordered. Resolves when the orderer has accepted it, which is before it is in a block.
   *
   * @param envelope - signed; sending the same one again is safe, as peers take a transaction ID once
   * @param timeoutMs - milliseconds to wait. Default: that of the endpoint. An orderer that has not noticed yet that its
   *   leader is gone holds on to a message for 7 s.
   */
  async broadcast(envelope: common.Envelope, channel: string, timeoutMs?: number): Promise<void> {
    const where = this.where("sending a transaction", channel);
    const stream = this.client.broadcast(this.connection.callOptions(timeoutMs));
    const answer = await new Promise<orderer.BroadcastResponse>((resolve, reject) => {
      stream.on("data", resolve);
      stream.on("error", (error) => reject(grpcError(where, error)));
      stream.on("end", () =>
        reject(new FabricError({ ...where, code: "UNAVAILABLE", reason: "the orderer closed the stream" })),
      );
      stream.write(envelope);
    }).finally(() => stream.end());
    if (answer.getStatus() !== common.Status.SUCCESS) throw statusError(where, answer.getStatus(), answer.getInfo());
  }

  /**
   * One block of a channel.
   *
   * @throws FabricError `NOT_FOUND` if the orderer does not have the channel or the block
   */
  async block(channel: string, position: Position): Promise<common.Block> {
    const where = this.where(`reading block ${position}`, channel);
    for await (const block of this.blocks(channel, { start: position, stop: position, missing: "fail" }, { where })) {
      return block;
    }
    throw new FabricError({ ...where, code: "PROTOCOL", reason: "the orderer sent no block" });
  }

  /** Serialized block 0 of a channel, which peers join with. */
  async genesisBlock(channel: string): Promise<Uint8Array> {
    return (await this.block(channel, 0)).serializeBinary();
  }

  /** The channel's current configuration block. */
  async configBlock(channel: string): Promise<common.Block> {
    const newest = await this.block(channel, "newest");
    const number = lastConfigNumber(newest);
    return newest.getHeader()?.getNumber() === number ? newest : this.block(channel, number);
  }

  /** The channel's current configuration. */
  async config(channel: string): Promise<ConfigBlock> {
    const read = readConfigBlock(await this.configBlock(channel));
    if (read !== undefined) return read;
    const where = this.where("reading the configuration", channel);
    throw new FabricError({ ...where, code: "PROTOCOL", reason: "the last configuration block holds none" });
  }

  /**
   * Blocks of a channel as they come.
   *
   * @param options - `timeoutMs`: milliseconds after which the stream ends in a `TIMEOUT`; default: that of a request
   */
  async *blocks(
    channel: string,
    seek: Seek,
    options: { timeoutMs?: number; where?: FabricErrorContext } = {},
  ): AsyncGenerator<common.Block, void, void> {
    const where = options.where ?? this.where("reading blocks", channel);
    const request = await seekEnvelope(channel, seek, this.signer, this.connection.tlsCertificateHash);
    const open = () => this.client.deliver(this.connection.callOptions(options.timeoutMs));
    for await (const message of deliver(open, request, where)) {
      const block = message.getBlock();
      if (block !== undefined) yield block;
    }
  }

  /** Closes the connection. */
  close(): void {
    this.connection.close();
  }

  private where(step: string, channel: string): FabricErrorContext {
    return { step, channel, node: this.endpoint.name, organization: this.endpoint.organization };
  }
}

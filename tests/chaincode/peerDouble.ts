/** The peer's end of a chaincode stream, as Fabric's peers speak it, with a world state in memory. */
import * as grpc from "@grpc/grpc-js";
import { common, msp, peer } from "@hyperledger/fabric-protos";

const { Type } = peer.ChaincodeMessage;

/** What chaincode has answered. */
export interface Answer {
  status: number;
  message: string;
  payload: string;
}

/** Where a peer finds a chaincode server, as its package says. */
export interface ServerOfPackage {
  /** Name of the server. */
  name: string;
  port: number;
  /** Root (PEM) of its certificate. */
  root: string;
}

/** A peer that calls one chaincode. It opens a stream at a call if it has none, as real ones do. */
export class PeerDouble {
  readonly state = new Map<string, string>();
  /** Streams that it has opened. */
  streams = 0;
  /** ID under which the chaincode has registered. */
  packageId: string | undefined;
  private readonly client: peer.ChaincodeClient;
  private stream: grpc.ClientDuplexStream<peer.ChaincodeMessage, peer.ChaincodeMessage> | undefined;
  private isReady = Promise.resolve();
  private transactions = 0;
  private completed: (answer: Answer) => void = () => undefined;

  constructor(private readonly server: ServerOfPackage) {
    const { name, port, root } = server;
    const credentials = grpc.credentials.createSsl(Buffer.from(root));
    this.client = new peer.ChaincodeClient(`127.0.0.1:${port}`, credentials, {
      "grpc.ssl_target_name_override": name,
      "grpc.default_authority": `${name}:${port}`,
      // As a peer: a side that answers no ping is lost.
      "grpc.keepalive_time_ms": 300,
      "grpc.keepalive_timeout_ms": 1000,
    });
  }

  /** Has the chaincode run a function. */
  async invoke(name: string, ...args: string[]): Promise<Answer> {
    const answer = new Promise<Answer>((resolve) => (this.completed = resolve));
    this.stream ??= this.open();
    await this.isReady;
    const input = new peer.ChaincodeInput();
    input.setArgsList([name, ...args].map((arg) => Buffer.from(arg)));
    this.send(Type.TRANSACTION, input.serializeBinary(), `tx${++this.transactions}`);
    return answer;
  }

  close(): void {
    this.stream?.cancel();
    this.client.close();
  }

  private open() {
    this.streams++;
    const stream = this.client.connect();
    this.isReady = new Promise((resolve) => {
      stream.on("data", (message) => this.receive(message, resolve));
      for (const event of ["error", "end"]) stream.on(event, () => resolve());
    });
    const lost = (error?: Error): void => {
      if (this.stream !== stream) return;
      this.stream = undefined;
      this.completed({ status: 0, message: `the stream ended: ${error?.message ?? "without an error"}`, payload: "" });
    };
    stream.on("error", lost);
    stream.on("end", () => lost());
    return stream;
  }

  private receive(message: peer.ChaincodeMessage, ready: () => void): void {
    const payload = message.getPayload_asU8();
    switch (message.getType()) {
      case Type.REGISTER:
        this.packageId = peer.ChaincodeID.deserializeBinary(payload).getName();
        this.send(Type.REGISTERED);
        this.send(Type.READY);
        return ready();
      case Type.GET_STATE: {
        const value = this.state.get(peer.GetState.deserializeBinary(payload).getKey()) ?? "";
        return this.send(Type.RESPONSE, Buffer.from(value), message.getTxid());
      }
      case Type.PUT_STATE: {
        const write = peer.PutState.deserializeBinary(payload);
        this.state.set(write.getKey(), Buffer.from(write.getValue_asU8()).toString());
        return this.send(Type.RESPONSE, undefined, message.getTxid());
      }
      case Type.COMPLETED: {
        const response = peer.Response.deserializeBinary(payload);
        const text = Buffer.from(response.getPayload_asU8()).toString();
        return this.completed({ status: response.getStatus(), message: response.getMessage(), payload: text });
      }
      case Type.ERROR:
        return this.completed({ status: 0, message: Buffer.from(payload).toString(), payload: "" });
    }
  }

  private send(type: (typeof Type)[keyof typeof Type], payload?: Uint8Array, txId?: string): void {
    const message = new peer.ChaincodeMessage();
    message.setType(type);
    message.setChannelId("main");
    if (payload) message.setPayload(payload);
    if (txId) {
      message.setTxid(txId);
      message.setProposal(proposal(txId, this.server.root));
    }
    this.stream?.write(message);
  }
}

/**
 * A client's proposal, as far as chaincode looks into it.
 *
 * @param certificate - of the client; chaincode does not check who has issued it
 */
function proposal(txId: string, certificate: string): peer.SignedProposal {
  const creator = new msp.SerializedIdentity();
  creator.setMspid("Org1MSP");
  creator.setIdBytes(Buffer.from(certificate));
  const signatureHeader = new common.SignatureHeader();
  signatureHeader.setCreator(creator.serializeBinary());
  signatureHeader.setNonce(Buffer.from(txId));
  const channelHeader = new common.ChannelHeader();
  channelHeader.setChannelId("main");
  channelHeader.setTxId(txId);
  const header = new common.Header();
  header.setSignatureHeader(signatureHeader.serializeBinary());
  header.setChannelHeader(channelHeader.serializeBinary());
  const unsigned = new peer.Proposal();
  unsigned.setHeader(header.serializeBinary());
  const payload = new peer.ChaincodeProposalPayload();
  payload.setInput(Buffer.from(txId));
  unsigned.setPayload(payload.serializeBinary());
  const signed = new peer.SignedProposal();
  signed.setProposalBytes(unsigned.serializeBinary());
  signed.setSignature(Buffer.from("unchecked"));
  return signed;
}

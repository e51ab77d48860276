/** The peer's end of a chaincode stream, as Fabric's peers speak it, with a world state in memory. */
import * as grpc from "@grpc/grpc-js";
import { common, ledger, msp, peer } from "@hyperledger/fabric-protos";
import { Timestamp } from "google-protobuf/google/protobuf/timestamp_pb";

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
  /** Root (PEM) of its certificate; none for a server without TLS. */
  root?: string;
  /** Certificate (PEM) of the client whose calls these are; by default the root. */
  caller?: string;
}

/** A change of a key. */
interface Change {
  txID: string;
  value: string | undefined;
  at: Date;
}

/** A peer that calls one chaincode. It opens a stream at a call if it has none, as real ones do. */
export class PeerDouble {
  readonly state = new Map<string, string>();
  /** Changes of all keys, oldest first. */
  readonly changes = new Map<string, Change[]>();
  /** Events of the transactions. */
  readonly events: string[] = [];
  /** ID of the last transaction. */
  lastTransaction = "";
  /** Streams that it has opened. */
  streams = 0;
  /** ID under which the chaincode has registered. */
  packageId: string | undefined;
  private readonly client: peer.ChaincodeClient;
  private stream: grpc.ClientDuplexStream<peer.ChaincodeMessage, peer.ChaincodeMessage> | undefined;
  private isReady = Promise.resolve();
  private transactions = 0;
  private readonly waiting = new Map<string, (answer: Answer) => void>();

  constructor(private readonly server: ServerOfPackage) {
    const { name, port, root } = server;
    const credentials = root ? grpc.credentials.createSsl(Buffer.from(root)) : grpc.credentials.createInsecure();
    this.client = new peer.ChaincodeClient(`127.0.0.1:${port}`, credentials, {
      ...(root && { "grpc.ssl_target_name_override": name }),
      "grpc.default_authority": `${name}:${port}`,
      // As a peer: a side that answers no ping is lost.
      "grpc.keepalive_time_ms": 300,
      "grpc.keepalive_timeout_ms": 1000,
    });
  }

  /** Has the chaincode run a function. */
  invoke(name: string, ...args: string[]): Promise<Answer> {
    return this.invokeWith({}, name, ...args);
  }

  /** The same, with transient data. */
  async invokeWith(transient: Record<string, Uint8Array>, name: string, ...args: string[]): Promise<Answer> {
    const txID = `tx${++this.transactions}`;
    const answer = new Promise<Answer>((resolve) => this.waiting.set(txID, resolve));
    this.stream ??= this.open();
    await this.isReady;
    const input = new peer.ChaincodeInput();
    input.setArgsList([name, ...args].map((arg) => Buffer.from(arg)));
    this.lastTransaction = txID;
    this.send(Type.TRANSACTION, input.serializeBinary(), txID, transient);
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
      const message = `the stream ended: ${error?.message ?? "without an error"}`;
      for (const txID of [...this.waiting.keys()]) this.complete(txID, { status: 0, message, payload: "" });
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
        this.change(write.getKey(), Buffer.from(write.getValue_asU8()).toString());
        return this.send(Type.RESPONSE, undefined, message.getTxid());
      }
      case Type.DEL_STATE:
        this.change(peer.DelState.deserializeBinary(payload).getKey(), undefined);
        return this.send(Type.RESPONSE, undefined, message.getTxid());
      case Type.GET_STATE_BY_RANGE:
        return this.send(Type.RESPONSE, this.range(peer.GetStateByRange.deserializeBinary(payload)), message.getTxid());
      case Type.GET_HISTORY_FOR_KEY: {
        const key = peer.GetHistoryForKey.deserializeBinary(payload).getKey();
        return this.send(Type.RESPONSE, historyOf(this.changes.get(key) ?? []), message.getTxid());
      }
      case Type.QUERY_STATE_CLOSE:
        return this.send(Type.RESPONSE, new peer.QueryResponse().serializeBinary(), message.getTxid());
      case Type.COMPLETED: {
        const response = peer.Response.deserializeBinary(payload);
        const event = message.getChaincodeEvent()?.getEventName();
        if (event) this.events.push(event);
        const text = Buffer.from(response.getPayload_asU8()).toString();
        const answer = { status: response.getStatus(), message: response.getMessage(), payload: text };
        return this.complete(message.getTxid(), answer);
      }
      case Type.ERROR:
        return this.complete(message.getTxid(), { status: 0, message: Buffer.from(payload).toString(), payload: "" });
    }
  }

  private complete(txID: string, answer: Answer): void {
    this.waiting.get(txID)?.(answer);
    this.waiting.delete(txID);
  }

  private change(key: string, value: string | undefined): void {
    if (value === undefined) this.state.delete(key);
    else this.state.set(key, value);
    this.changes.set(key, [...(this.changes.get(key) ?? []), { txID: this.lastTransaction, value, at: new Date() }]);
  }

  /** Keys of a range, a page of them if the chaincode asks for pages. */
  private range(asked: peer.GetStateByRange): Uint8Array {
    const wanted = peer.QueryMetadata.deserializeBinary(asked.getMetadata_asU8());
    const start = wanted.getBookmark() || asked.getStartkey();
    const end = asked.getEndkey();
    const keys = [...this.state.keys()].filter((key) => key >= start && (end === "" || key < end)).sort();
    const page = wanted.getPagesize() > 0 ? keys.slice(0, wanted.getPagesize()) : keys;
    const response = new peer.QueryResponse();
    response.setResultsList(page.map((key) => stateResult(key, this.state.get(key)!)));
    const metadata = new peer.QueryResponseMetadata();
    metadata.setFetchedRecordsCount(page.length);
    metadata.setBookmark(keys[page.length] ?? "");
    response.setMetadata(metadata.serializeBinary());
    return response.serializeBinary();
  }

  private send(
    type: (typeof Type)[keyof typeof Type],
    payload?: Uint8Array,
    txId?: string,
    transient: Record<string, Uint8Array> = {},
  ): void {
    const message = new peer.ChaincodeMessage();
    message.setType(type);
    message.setChannelId("main");
    if (payload) message.setPayload(payload);
    if (txId) {
      message.setTxid(txId);
      message.setProposal(proposal(txId, this.server.caller ?? this.server.root ?? "", transient));
    }
    this.stream?.write(message);
  }
}

function stateResult(key: string, value: string): peer.QueryResultBytes {
  const found = new ledger.queryresult.KV();
  found.setKey(key);
  found.setValue(Buffer.from(value));
  const result = new peer.QueryResultBytes();
  result.setResultbytes(found.serializeBinary());
  return result;
}

/** Newest first, as peers answer. */
function historyOf(changes: readonly Change[]): Uint8Array {
  const response = new peer.QueryResponse();
  const results = changes.toReversed().map(({ txID, value, at }) => {
    const change = new ledger.queryresult.KeyModification();
    change.setTxId(txID);
    change.setIsDelete(value === undefined);
    change.setTimestamp(Timestamp.fromDate(at));
    if (value !== undefined) change.setValue(Buffer.from(value));
    const result = new peer.QueryResultBytes();
    result.setResultbytes(change.serializeBinary());
    return result;
  });
  response.setResultsList(results);
  return response.serializeBinary();
}

/**
 * A client's proposal, as far as chaincode looks into it.
 *
 * @param certificate - of the client; chaincode does not check who has issued it
 */
function proposal(txId: string, certificate: string, transient: Record<string, Uint8Array>): peer.SignedProposal {
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
  for (const [name, value] of Object.entries(transient)) payload.getTransientmapMap().set(name, value);
  unsigned.setPayload(payload.serializeBinary());
  const signed = new peer.SignedProposal();
  signed.setProposalBytes(unsigned.serializeBinary());
  signed.setSignature(Buffer.from("unchecked"));
  return signed;
}

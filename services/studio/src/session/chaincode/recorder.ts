/** Takes down what a call reads and writes, from the messages between peer and contract. */
import { ledger, peer } from "@hyperledger/fabric-protos";

import type { CallRecord, Query, Read, Write } from "../protocol";
import { valueOf } from "../value";
import { type MessageType, Type } from "./messages";

/** How much of a call is taken down; further keys are counted nowhere. */
const most = 1000;

/** Takes the answer to the contract's last question. */
type TakeAnswer = (payload: Uint8Array) => void;

/** Takes down one call. A contract asks one thing at a time in a transaction. */
export class CallRecorder {
  readonly record: CallRecord;
  private readonly queries = new Map<string, Query>();
  private answered: TakeAnswer | undefined;

  constructor(txID: string) {
    this.record = { txID, reads: [], writes: [], queries: [], calledChaincodes: [] };
  }

  /** A message of the contract. */
  asked(message: peer.ChaincodeMessage): void {
    const payload = message.getPayload_asU8();
    this.answered = this.read(message.getType(), payload);
    this.written(message.getType(), payload);
    const event = message.getChaincodeEvent();
    if (message.getType() === Type.COMPLETED && event !== undefined && event.getEventName() !== "")
      this.record.event = { name: event.getEventName(), payload: valueOf(event.getPayload_asU8()) };
  }

  /** The peer's answer to it. */
  replied(message: peer.ChaincodeMessage): void {
    const take = this.answered;
    this.answered = undefined;
    if (message.getType() === Type.RESPONSE) take?.(message.getPayload_asU8());
  }

  private read(type: MessageType, payload: Uint8Array): TakeAnswer | undefined {
    switch (type) {
      case Type.GET_STATE: {
        const asked = peer.GetState.deserializeBinary(payload);
        return this.reading("state", asked.getKey(), asked.getCollection());
      }
      case Type.GET_PRIVATE_DATA_HASH: {
        const asked = peer.GetState.deserializeBinary(payload);
        return this.reading("hash of private data", asked.getKey(), asked.getCollection());
      }
      case Type.GET_STATE_METADATA: {
        const asked = peer.GetStateMetadata.deserializeBinary(payload);
        return this.reading("endorsement policy", asked.getKey(), asked.getCollection());
      }
      case Type.GET_STATE_MULTIPLE: {
        const asked = peer.GetStateMultiple.deserializeBinary(payload);
        return (answer) => {
          const values = peer.GetStateMultipleResult.deserializeBinary(answer).getValuesList_asU8();
          asked.getKeysList().forEach((key, i) => {
            this.reading("state", key, asked.getCollection())(values[i] ?? new Uint8Array());
          });
        };
      }
      default:
        return this.queried(type, payload);
    }
  }

  private reading(what: string, key: string, collection: string): TakeAnswer {
    return (answer) => {
      const read: Read = { key, ...(collection && { collection }), what };
      add(this.record.reads, { ...read, ...(answer.length > 0 && { value: valueOf(answer) }) });
    };
  }

  private queried(type: MessageType, payload: Uint8Array): TakeAnswer | undefined {
    switch (type) {
      case Type.GET_STATE_BY_RANGE: {
        const asked = peer.GetStateByRange.deserializeBinary(payload);
        const of = `${asked.getStartkey() || "the start"} to ${asked.getEndkey() || "the end"}`;
        return this.querying({ what: inCollection("range", asked.getCollection()), of, keys: [] }, keyOf);
      }
      case Type.GET_QUERY_RESULT: {
        const asked = peer.GetQueryResult.deserializeBinary(payload);
        const what = inCollection("query", asked.getCollection());
        return this.querying({ what, of: asked.getQuery(), keys: [] }, keyOf);
      }
      case Type.GET_HISTORY_FOR_KEY: {
        const of = peer.GetHistoryForKey.deserializeBinary(payload).getKey();
        return this.querying({ what: "history", of, keys: [] }, transactionOf);
      }
      case Type.QUERY_STATE_NEXT: {
        const query = this.queries.get(peer.QueryStateNext.deserializeBinary(payload).getId());
        return query && this.filling(query, query.what === "history" ? transactionOf : keyOf);
      }
      case Type.INVOKE_CHAINCODE: {
        const name = peer.ChaincodeSpec.deserializeBinary(payload).getChaincodeId()?.getName() ?? "";
        add(this.record.calledChaincodes, name);
        return undefined;
      }
      default:
        return undefined;
    }
  }

  private querying(query: Query, keyOfResult: (result: Uint8Array) => string): TakeAnswer {
    add(this.record.queries, query);
    return this.filling(query, keyOfResult);
  }

  private filling(query: Query, keyOfResult: (result: Uint8Array) => string): TakeAnswer {
    return (answer) => {
      const page = peer.QueryResponse.deserializeBinary(answer);
      this.queries.set(page.getId(), query);
      for (const result of page.getResultsList()) add(query.keys, keyOfResult(result.getResultbytes_asU8()));
    };
  }

  private written(type: MessageType, payload: Uint8Array): void {
    switch (type) {
      case Type.PUT_STATE: {
        const put = peer.PutState.deserializeBinary(payload);
        return this.write("state", put.getKey(), put.getCollection(), put.getValue_asU8());
      }
      case Type.DEL_STATE: {
        const gone = peer.DelState.deserializeBinary(payload);
        return this.write("state", gone.getKey(), gone.getCollection());
      }
      case Type.PURGE_PRIVATE_DATA: {
        const gone = peer.PurgePrivateState.deserializeBinary(payload);
        return this.write("state, with its history", gone.getKey(), gone.getCollection());
      }
      case Type.PUT_STATE_METADATA: {
        const put = peer.PutStateMetadata.deserializeBinary(payload);
        const value = put.getMetadata()?.getValue_asU8() ?? new Uint8Array();
        return this.write("endorsement policy", put.getKey(), put.getCollection(), value);
      }
      case Type.WRITE_BATCH_STATE:
        for (const each of peer.WriteBatchState.deserializeBinary(payload).getRecList()) this.writeOfBatch(each);
    }
  }

  private writeOfBatch(each: peer.WriteRecord): void {
    const { Type: kinds } = peer.WriteRecord;
    const [key, collection] = [each.getKey(), each.getCollection()];
    switch (each.getType()) {
      case kinds.PUT_STATE:
        return this.write("state", key, collection, each.getValue_asU8());
      case kinds.DEL_STATE:
        return this.write("state", key, collection);
      case kinds.PURGE_PRIVATE_DATA:
        return this.write("state, with its history", key, collection);
      case kinds.PUT_STATE_METADATA:
        return this.write("endorsement policy", key, collection, each.getMetadata()?.getValue_asU8());
    }
  }

  private write(what: string, key: string, collection: string, value?: Uint8Array): void {
    const write: Write = { key, ...(collection && { collection }), what, ...(value && { value: valueOf(value) }) };
    add(this.record.writes, write);
  }
}

function add<T>(list: T[], item: T): void {
  if (list.length < most) list.push(item);
}

const inCollection = (what: string, collection: string): string =>
  collection === "" ? what : `${what} in collection ${collection}`;

const keyOf = (result: Uint8Array): string => ledger.queryresult.KV.deserializeBinary(result).getKey();

const transactionOf = (result: Uint8Array): string =>
  ledger.queryresult.KeyModification.deserializeBinary(result).getTxId();

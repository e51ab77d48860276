/** Questions of the session itself to the ledger: it asks them on the peer's stream, as a contract would. */
import { ledger, peer } from "@hyperledger/fabric-protos";

import type { History, HistoryEntry, StatePage } from "../protocol";
import { valueOf } from "../value";
import { type MessageType, Type } from "./messages";

/** Sends a message to the peer, and waits for the payload of its answer. */
export type Ask = (type: MessageType, payload: Uint8Array) => Promise<Uint8Array>;

/** A question, which is answered in a transaction that is evaluated only. */
export type Question<T = unknown> = (ask: Ask) => Promise<T>;

/** Most changes of a key that are shown. */
const mostChanges = 500;

/** A page of the world state. */
export interface Range {
  from: string;
  /** The first key that is not shown any more; empty for all. */
  to: string;
  pageSize: number;
  bookmark: string;
}

export function readRange({ from, to, pageSize, bookmark }: Range): Question<StatePage> {
  return async (ask) => {
    const page = new peer.QueryMetadata();
    page.setPagesize(pageSize);
    page.setBookmark(bookmark);
    const range = new peer.GetStateByRange();
    range.setStartkey(from);
    range.setEndkey(to);
    range.setMetadata(page.serializeBinary());
    const answer = peer.QueryResponse.deserializeBinary(await ask(Type.GET_STATE_BY_RANGE, range.serializeBinary()));
    const entries = answer.getResultsList().map((result) => {
      const found = ledger.queryresult.KV.deserializeBinary(result.getResultbytes_asU8());
      return { key: found.getKey(), value: valueOf(found.getValue_asU8()) };
    });
    const next = peer.QueryResponseMetadata.deserializeBinary(answer.getMetadata_asU8()).getBookmark();
    const isLast = entries.length < pageSize || next === "";
    return { entries, ...(!isLast && { bookmark: next }) };
  };
}

export function readHistory(key: string): Question<History> {
  return async (ask) => {
    const question = new peer.GetHistoryForKey();
    question.setKey(key);
    let page = peer.QueryResponse.deserializeBinary(await ask(Type.GET_HISTORY_FOR_KEY, question.serializeBinary()));
    const entries: HistoryEntry[] = [];
    for (;;) {
      entries.push(...page.getResultsList().map((result) => change(result.getResultbytes_asU8())));
      if (!page.getHasMore()) return { entries, isCut: false };
      if (entries.length >= mostChanges) break;
      const next = new peer.QueryStateNext();
      next.setId(page.getId());
      page = peer.QueryResponse.deserializeBinary(await ask(Type.QUERY_STATE_NEXT, next.serializeBinary()));
    }
    const close = new peer.QueryStateClose();
    close.setId(page.getId());
    await ask(Type.QUERY_STATE_CLOSE, close.serializeBinary());
    return { entries, isCut: true };
  };
}

function change(result: Uint8Array): HistoryEntry {
  const found = ledger.queryresult.KeyModification.deserializeBinary(result);
  const at = found.getTimestamp()?.toDate() ?? new Date(0);
  const entry = { txID: found.getTxId(), at: at.toISOString() };
  return found.getIsDelete() ? entry : { ...entry, value: valueOf(found.getValue_asU8()) };
}

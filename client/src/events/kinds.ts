/** The kinds of events that a client reads: chaincode's own, and blocks. */
import { common } from "@hyperledger/fabric-protos";

import { type BlockEvent, toBlockEvent } from "./block.ts";
import type { BreakableStream, EventKind } from "./eventStream.ts";

/** An event that chaincode has set in a transaction, which is committed and valid. */
export interface ChaincodeEvent {
  blockNumber: bigint;
  txID: string;
  chaincode: string;
  /** Name that the chaincode gave it. */
  name: string;
  payload: Buffer;
}

/** Events of a chaincode. */
export function chaincodeEvents(
  channel: string,
  chaincode: string,
  nextBlock: () => Promise<bigint>,
): EventKind<ChaincodeEvent> {
  return {
    open: async ({ gateway }, checkpoint, options) => {
      const request = gateway.getNetwork(channel).newChaincodeEventsRequest(chaincode, { checkpoint });
      return mapped(await request.getEvents(options as object), (event) => ({
        blockNumber: event.blockNumber,
        txID: event.transactionId,
        chaincode: event.chaincodeName,
        name: event.eventName,
        payload: Buffer.from(event.payload),
      }));
    },
    positionOf: ({ blockNumber, txID }) => ({ blockNumber, txID }),
    nextBlock,
  };
}

/** Blocks of a channel. */
export function blockEvents(channel: string, nextBlock: () => Promise<bigint>): EventKind<BlockEvent> {
  return {
    open: async ({ gateway }, checkpoint, options) => {
      const request = gateway.getNetwork(channel).newBlockEventsRequest({ checkpoint });
      return mapped(await request.getEvents(options as object), toBlockEvent);
    },
    positionOf: ({ blockNumber }) => ({ blockNumber }),
    nextBlock,
  };
}

/** The number of the next block, from what the system chaincode `qscc` says of a channel. */
export function heightOf(answer: Uint8Array): bigint {
  return BigInt(common.BlockchainInfo.deserializeBinary(answer).getHeight());
}

function mapped<A, B>(stream: BreakableStream<A>, map: (value: A) => B): BreakableStream<B> {
  return {
    close: () => stream.close(),
    [Symbol.asyncIterator]: () => {
      const iterator = stream[Symbol.asyncIterator]();
      return {
        next: async () => {
          const { done, value } = await iterator.next();
          return done ? { done, value: undefined } : { done: false, value: map(value) };
        },
      };
    },
  };
}

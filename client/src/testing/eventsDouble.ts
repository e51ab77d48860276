/** For tests: the services by which peers send blocks and chaincode events. */
import * as grpc from "@grpc/grpc-js";
import { common, gateway, orderer, peer } from "@hyperledger/fabric-protos";

import type { LedgerBlock, LedgerDouble } from "./ledgerDouble.ts";

/** A peer that sends events. */
export interface StreamingPeer {
  /** Streams of events that are open. */
  streams: number;
  /** Streams that were opened so far. */
  openedStreams: number;
  /** An answer to all who ask for events. */
  refusesStreams: { code: grpc.status; message: string } | undefined;
}

/** Sends an event for each valid transaction: its function's name, with its arguments. */
export function serveChaincodeEvents(double: StreamingPeer, ledger: LedgerDouble, ending: AbortSignal) {
  return async (
    call: grpc.ServerWritableStream<gateway.SignedChaincodeEventsRequest, gateway.ChaincodeEventsResponse>,
  ): Promise<void> => {
    const request = gateway.ChaincodeEventsRequest.deserializeBinary(call.request.getRequest_asU8());
    if (double.refusesStreams) return void call.emit("error", double.refusesStreams);
    const signal = signalOf(double, call, ending);
    let after = request.getAfterTransactionId();
    for await (const block of ledger.from(startOf(request.getStartPosition(), ledger), signal)) {
      const response = new gateway.ChaincodeEventsResponse();
      response.setBlockNumber(block.number);
      for (const { txID, code, invocation } of block.transactions) {
        if (after !== "") {
          if (txID === after) after = "";
          continue;
        }
        if (code !== peer.TxValidationCode.VALID || invocation.chaincode !== request.getChaincodeId()) continue;
        const event = new peer.ChaincodeEvent();
        event.setChaincodeId(invocation.chaincode);
        event.setTxId(txID);
        event.setEventName(invocation.functionName);
        event.setPayload(Buffer.from(invocation.args.join()));
        response.addEvents(event);
      }
      if (response.getEventsList().length > 0) call.write(response);
    }
  };
}

/** Sends blocks from the wanted one on. */
export const serveBlocks = deliver((response, block) => response.setBlock(toBlock(block)));

/** Sends what applications need of blocks: IDs of transactions, and what became of them. */
export const serveFilteredBlocks = deliver((response, block) => response.setFilteredBlock(toFilteredBlock(block)));

function deliver(put: (response: peer.DeliverResponse, block: LedgerBlock) => void) {
  return (double: StreamingPeer, ledger: LedgerDouble, ending: AbortSignal) =>
    (call: grpc.ServerDuplexStream<common.Envelope, peer.DeliverResponse>): void => {
      if (double.refusesStreams) return void call.emit("error", double.refusesStreams);
      const signal = signalOf(double, call, ending);
      call.on("data", async (envelope: common.Envelope) => {
        const payload = common.Payload.deserializeBinary(envelope.getPayload_asU8());
        const seek = orderer.SeekInfo.deserializeBinary(payload.getData_asU8());
        for await (const block of ledger.from(startOf(seek.getStart(), ledger), signal)) {
          const response = new peer.DeliverResponse();
          put(response, block);
          call.write(response);
        }
      });
    };
}

function startOf(position: orderer.SeekPosition | undefined, ledger: LedgerDouble): number {
  return position?.getSpecified()?.getNumber() ?? ledger.blocks.length;
}

/** Ends with the call or with the peer, which says so by UNAVAILABLE. */
function signalOf(
  double: StreamingPeer,
  call: grpc.ServerWritableStream<any, any> | grpc.ServerDuplexStream<any, any>,
  ending: AbortSignal,
) {
  const controller = new AbortController();
  double.streams++;
  double.openedStreams++;
  const end = (): void => {
    if (!controller.signal.aborted) double.streams--;
    controller.abort();
  };
  call.on("cancelled", end);
  ending.addEventListener("abort", end, { once: true });
  return controller.signal;
}

export function toBlock({ number, transactions }: LedgerBlock): common.Block {
  const header = new common.BlockHeader();
  header.setNumber(number);
  const data = new common.BlockData();
  data.setDataList(transactions.map(({ envelope }) => envelope));
  const metadata = new common.BlockMetadata();
  const codes = Uint8Array.from(transactions.map(({ code }) => code));
  metadata.setMetadataList([new Uint8Array(), new Uint8Array(), codes, new Uint8Array(), new Uint8Array()]);
  const block = new common.Block();
  block.setHeader(header);
  block.setData(data);
  block.setMetadata(metadata);
  return block;
}

function toFilteredBlock({ number, transactions }: LedgerBlock): peer.FilteredBlock {
  const block = new peer.FilteredBlock();
  block.setNumber(number);
  for (const { txID, code } of transactions) {
    const transaction = block.addFilteredTransactions();
    transaction.setTxid(txID);
    transaction.setTxValidationCode(code as never);
  }
  return block;
}

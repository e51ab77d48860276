/** One stream of the debug peer: calls go on to the contract, and are taken down; the session's own questions go to the peer. */
import { peer } from "@hyperledger/fabric-protos";

import { messageOf } from "../../../../common/failure";
import type { CallRecord } from "../protocol";
import { ContractStream } from "./contractStream";
import type { Question } from "./ledgerQuestions";
import { message, takeMark, transactionKey, Type } from "./messages";
import { CallRecorder } from "./recorder";

/** What a stream works with. */
export interface PeerStreamArgs {
  /** Sends to the peer. */
  send: (message: peer.ChaincodeMessage) => void;
  /** Waits until the contract takes connections; answers with its port. */
  contract: () => Promise<number>;
  /** Called when a call has ended. */
  recorded: (record: CallRecord, mark: string | undefined) => void;
  /** The question of a mark. */
  question: (mark: string) => Question | undefined;
}

interface Call {
  recorder: CallRecorder;
  mark: string | undefined;
  channel: string;
}

/** Stands between a peer and the contract. It answers the peer also while the contract starts or stands at a breakpoint. */
export class PeerStream {
  private parameters: Uint8Array = new Uint8Array();
  private readonly calls = new Map<string, Call>();
  private readonly answers = new Map<string, (message: peer.ChaincodeMessage) => void>();
  private contract: Promise<ContractStream> | undefined;

  constructor(private readonly args: PeerStreamArgs) {}

  /** A message of the peer. */
  receive(each: peer.ChaincodeMessage): void {
    switch (each.getType()) {
      case Type.REGISTERED:
        this.parameters = each.getPayload_asU8();
        return;
      case Type.READY:
        return;
      case Type.KEEPALIVE:
        return this.args.send(each);
      case Type.INIT:
      case Type.TRANSACTION:
        return this.begin(each);
      default:
        return this.answer(each);
    }
  }

  /** The peer has ended the stream: the contract learns it by its own. */
  close(): void {
    void this.contract?.then(
      (open) => open.close(),
      () => undefined,
    );
    this.fail("the peer has ended its stream");
  }

  private begin(transaction: peer.ChaincodeMessage): void {
    const mark = takeMark(transaction);
    const question = mark === undefined ? undefined : this.args.question(mark);
    if (question !== undefined) return void this.ask(transaction, question);
    const channel = transaction.getChannelId();
    const recorder = new CallRecorder(transaction.getTxid());
    const key = transactionKey(transaction);
    this.calls.set(key, { recorder, mark, channel });
    this.connected().then(
      (contract) => contract.send(transaction),
      (error: unknown) => this.end(key, messageOf(error)),
    );
  }

  private answer(each: peer.ChaincodeMessage): void {
    const key = transactionKey(each);
    const take = this.answers.get(key);
    if (take !== undefined) return take(each);
    this.calls.get(key)?.recorder.replied(each);
    void this.contract?.then(
      (contract) => contract.send(each),
      () => undefined,
    );
  }

  /** Asks the ledger in a transaction of the session's own. */
  private async ask(transaction: peer.ChaincodeMessage, question: Question): Promise<void> {
    const key = transactionKey(transaction);
    const fields = { txID: transaction.getTxid(), channel: transaction.getChannelId() };
    try {
      const found = await question((type, payload) => {
        const answered = new Promise<peer.ChaincodeMessage>((resolve) => this.answers.set(key, resolve));
        this.args.send(message(type, { ...fields, payload }));
        return answered.then((each) => {
          if (each.getType() === Type.RESPONSE) return each.getPayload_asU8();
          throw new Error(Buffer.from(each.getPayload_asU8()).toString() || "the peer gives no reason");
        });
      });
      const response = new peer.Response();
      response.setStatus(200);
      response.setPayload(Buffer.from(JSON.stringify(found)));
      this.args.send(message(Type.COMPLETED, { ...fields, payload: response.serializeBinary() }));
    } catch (error) {
      this.args.send(message(Type.ERROR, { ...fields, payload: messageOf(error) }));
    } finally {
      this.answers.delete(key);
    }
  }

  private connected(): Promise<ContractStream> {
    if (this.contract !== undefined) return this.contract;
    const events = {
      said: (each: peer.ChaincodeMessage) => this.said(each),
      lost: (reason: string) => {
        if (this.contract !== contract) return;
        this.contract = undefined;
        this.fail(reason);
      },
    };
    const contract = this.args.contract().then((port) => ContractStream.open(port, this.parameters, events));
    // What failed is tried anew at the next call.
    contract.catch((error: unknown) => events.lost(messageOf(error)));
    this.contract = contract;
    return contract;
  }

  /** A message of the contract. */
  private said(each: peer.ChaincodeMessage): void {
    const key = transactionKey(each);
    const call = this.calls.get(key);
    call?.recorder.asked(each);
    this.args.send(each);
    if (call === undefined || (each.getType() !== Type.COMPLETED && each.getType() !== Type.ERROR)) return;
    this.calls.delete(key);
    this.args.recorded(call.recorder.record, call.mark);
  }

  /** Ends all calls that are under way: the contract cannot answer them any more. */
  private fail(reason: string): void {
    for (const key of [...this.calls.keys()]) this.end(key, reason);
  }

  private end(key: string, reason: string): void {
    const call = this.calls.get(key);
    if (call === undefined) return;
    this.calls.delete(key);
    const { recorder, mark, channel } = call;
    this.args.send(message(Type.ERROR, { txID: recorder.record.txID, channel, payload: reason }));
    this.args.recorded(recorder.record, mark);
  }
}

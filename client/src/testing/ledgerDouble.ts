/** For tests: orderers, and the ledger that all peers of a channel share. */
import { EventEmitter, setMaxListeners } from "node:events";

import { common, peer } from "@hyperledger/fabric-protos";

import { type Invocation, invocationOf } from "./envelopes.ts";

/** A transaction in a block. */
export interface LedgerTransaction {
  txID: string;
  code: number;
  invocation: Invocation;
  envelope: Uint8Array;
}

/** A block. */
export interface LedgerBlock {
  number: number;
  transactions: LedgerTransaction[];
}

const { VALID, DUPLICATE_TXID } = peer.TxValidationCode;

/** A ledger with the rules that clients depend on: a transaction is committed once, later copies are marked as such. */
export class LedgerDouble {
  readonly blocks: LedgerBlock[] = [{ number: 0, transactions: [] }];
  /** Values by their keys: what `Put` has written. */
  readonly state = new Map<string, string>();
  /** How often `Put` has been applied to a key. */
  readonly applied = new Map<string, number>();
  /** Envelopes that the orderers took. */
  ordered = 0;
  /** Codes for the next transactions. */
  readonly nextCodes: number[] = [];
  /** The code of a transaction that those are not for. */
  codeFor: () => number = () => VALID;
  /** Envelopes that orderers take and lose. */
  toLose = 0;
  /** Whether orderers lose an envelope. */
  loses: () => boolean = () => false;
  /** Milliseconds until an ordered transaction is in a block; with `Infinity`, only `cut` makes blocks. */
  batchTime = 2;
  private readonly waiting = new Set<common.Envelope>();
  private readonly firsts = new Map<string, { block: number; code: number }>();
  private readonly changes = new EventEmitter();

  constructor() {
    setMaxListeners(0, this.changes);
  }

  /** Takes an envelope. */
  order(envelope: common.Envelope): void {
    this.ordered++;
    if (this.toLose > 0) return void this.toLose--;
    if (this.loses()) return;
    this.waiting.add(envelope);
    if (this.batchTime === Infinity) return;
    setTimeout(() => this.waiting.has(envelope) && this.commit([envelope]), this.batchTime).unref();
  }

  /** Whether transactions wait for a block. */
  get hasWaiting(): boolean {
    return this.waiting.size > 0;
  }

  /** Makes one block of all that wait. */
  cut(): void {
    this.commit([...this.waiting]);
  }

  /** Adds a block. */
  commit(envelopes: readonly common.Envelope[]): void {
    for (const envelope of envelopes) this.waiting.delete(envelope);
    const number = this.blocks.length;
    const transactions = envelopes.map((envelope) => this.validate(envelope, number));
    this.blocks.push({ number, transactions });
    for (const { txID } of transactions) this.changes.emit(txID);
    this.changes.emit("block");
  }

  /** Gives the last transaction another code. */
  correct(code: number): void {
    const last = [...this.firsts.values()].at(-1)!;
    last.code = code;
  }

  /** The outcome of a transaction, when it has one; nothing if the signal ends the waiting. */
  async outcome(txID: string, signal: AbortSignal): Promise<{ block: number; code: number } | undefined> {
    for (;;) {
      const known = this.firsts.get(txID);
      if (known !== undefined || signal.aborted) return known;
      await this.nextChange(signal, txID);
    }
  }

  /** The blocks from a number on, and those that follow. */
  async *from(start: number, signal: AbortSignal): AsyncGenerator<LedgerBlock> {
    for (let number = start; !signal.aborted; number++) {
      while (this.blocks[number] === undefined && !signal.aborted) await this.nextChange(signal);
      if (!signal.aborted) yield this.blocks[number]!;
    }
  }

  private validate(envelope: common.Envelope, block: number): LedgerTransaction {
    const invocation = invocationOf(envelope);
    const { txID, functionName, args } = invocation;
    const isCopy = this.firsts.has(txID);
    const code = isCopy ? DUPLICATE_TXID : (this.nextCodes.shift() ?? this.codeFor());
    if (!isCopy) this.firsts.set(txID, { block, code });
    const [key, value] = args as [string, string];
    if (code === VALID && functionName === "Put") {
      this.state.set(key, value);
      this.applied.set(key, (this.applied.get(key) ?? 0) + 1);
    }
    if (code === VALID && /^(Create|Transfer)Asset$/.test(functionName)) {
      this.state.set(key, JSON.stringify({ owner: value }));
    }
    return { txID, code, invocation, envelope: envelope.serializeBinary() };
  }

  private nextChange(signal: AbortSignal, name = "block"): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        this.changes.off(name, end);
        signal.removeEventListener("abort", end);
        resolve();
      };
      this.changes.on(name, end);
      signal.addEventListener("abort", end);
    });
  }
}

/** A function call that writes: endorsed, stored, sent, settled, and run again as another transaction where that is safe. */
import { createHash } from "node:crypto";

import { GatewayError, type Status } from "@hyperledger/fabric-gateway";

import { ClientError, isClientError } from "../errors.ts";
import type { Peer } from "../peers/peer.ts";
import type { Telemetry } from "../telemetry.ts";
import type { CallState, CallSubject } from "./callState.ts";
import type { GatewayCalls, ProposalContent, SignedTransaction } from "./gatewayCalls.ts";
import { isDuplicate, nameOfCode, verdictOnValidation } from "./outcomes.ts";
import { Settling } from "./settling.ts";
import type { StoredTransaction, TransactionStore } from "./transactionStore.ts";

/** A transaction that is committed and valid. */
export interface Committed {
  txID: string;
  /** What the chaincode answered; `String(result)` and `JSON.parse(String(result))` read it. */
  result: Buffer;
  /** Block that it is in. */
  blockNumber: bigint;
  /** Transactions that were ordered for the call; all but the last were invalid and wrote nothing. */
  attempts: number;
}

/** What a call is made with. */
export interface SubmissionServices {
  calls: GatewayCalls;
  telemetry: Telemetry;
  store: TransactionStore;
  /** Reads what is stored. */
  read(bytes: Uint8Array): SignedTransaction;
}

/** What is called. */
export interface SubmissionCall {
  content: ProposalContent;
  /** By `fingerprintOf`. */
  fingerprint: string;
  idempotencyKey?: string;
}

/** A key that belongs to another call. */
export function keyOfAnother(subject: CallSubject & { txID?: string }, functionName = ""): ClientError {
  const reason = `the idempotency key was used for another call, of ${functionName}; nothing was sent`;
  const remedy = "Use a new key for each call.";
  return new ClientError({ code: "IDEMPOTENCY", stage: "configuration", ...subject, reason, remedy });
}

/** Runs one call to its end. */
export class Submission {
  attempts = 0;
  private stored: StoredTransaction | undefined;
  private transaction: SignedTransaction | undefined;

  /**
   * @param onSent - called when a transaction of the call was sent for the first time
   */
  constructor(
    private readonly services: SubmissionServices,
    private readonly state: CallState,
    private readonly call: SubmissionCall,
    private readonly onSent: (transaction: SignedTransaction) => void,
  ) {}

  /** The committed transaction. A call whose idempotency key was used before gets that one's. */
  async run(): Promise<Committed> {
    try {
      return await this.settled();
    } catch (error) {
      // Also where what is stored was found invalid, and the transaction in place of it was refused or came too late.
      if (isClientError(error) && !error.isOutcomeUnknown) await this.forget();
      throw error;
    }
  }

  private async settled(): Promise<Committed> {
    const earlier = await this.earlier();
    if (earlier?.committed) {
      this.transaction = this.services.read(earlier.transaction);
      return this.committed(earlier.committed.blockNumber);
    }
    let status = earlier && (await this.resume(earlier));
    for (let invalid = 1; ; invalid++) {
      const outcome = status ?? (await this.attempt());
      const verdict = verdictOnValidation(outcome.code);
      if (verdict === undefined) return this.finish(outcome);
      if (invalid > verdict.freshTries) {
        const validationCode = nameOfCode(outcome.code);
        const reason = `the peers found the transaction invalid: ${validationCode}; nothing was written`;
        throw this.state.error(verdict.code, "commit status", { reason, validationCode });
      }
      this.services.telemetry.retry("commit status", nameOfCode(outcome.code));
      await this.state.wait(Math.min(invalid, 4));
      status = undefined;
    }
  }

  /** The transaction that is stored for the call's key. */
  private async earlier(): Promise<StoredTransaction | undefined> {
    if (this.call.idempotencyKey === undefined) return undefined;
    const earlier = await this.services.store.load(this.call.idempotencyKey);
    if (earlier) this.requireSame(earlier);
    return earlier;
  }

  private requireSame({ fingerprint, txID, functionName }: StoredTransaction): void {
    if (fingerprint === this.call.fingerprint) return;
    throw keyOfAnother({ ...this.state.subject, txID }, functionName);
  }

  /** Settles what an earlier call with the same key has stored. */
  private async resume(earlier: StoredTransaction): Promise<Status> {
    const { calls, telemetry } = this.services;
    this.stored = earlier;
    this.state.txID = earlier.txID;
    this.transaction = this.services.read(earlier.transaction);
    this.attempts++;
    this.onSent(this.transaction);
    return new Settling(calls, telemetry, this.state).ask(this.transaction, calls.pick(this.state));
  }

  /** Endorses, stores and sends another transaction. */
  private async attempt(): Promise<Status> {
    const { calls, telemetry } = this.services;
    this.state.throwIfOver("endorse");
    let endorsed: { transaction: SignedTransaction; via: Peer };
    try {
      endorsed = await calls.endorse(this.state, this.call.content);
    } catch (error) {
      const { cause } = error as ClientError;
      if (!(cause instanceof GatewayError) || !isDuplicate(cause)) throw error;
      return new Settling(calls, telemetry, this.state).ask(undefined, calls.pick(this.state));
    }
    const { transaction, via } = endorsed;
    const stored = await this.save(transaction);
    // Another call with the same key, of another process, was faster: its transaction is the one.
    if (stored.txID !== transaction.txID) return this.resume(stored);
    this.transaction = transaction;
    this.attempts++;
    const settling = new Settling(calls, telemetry, this.state, () => this.onSent(transaction));
    return settling.send(transaction, via);
  }

  private async save({ txID, bytes }: SignedTransaction): Promise<StoredTransaction> {
    const { channel, chaincode, functionName } = this.state.subject;
    const entry: StoredTransaction = {
      key: this.call.idempotencyKey ?? this.stored?.key ?? txID,
      hasIdempotencyKey: this.call.idempotencyKey !== undefined,
      fingerprint: this.call.fingerprint,
      ...{ channel, chaincode: chaincode!, functionName: functionName! },
      txID,
      transaction: bytes,
      storedAt: Date.now(),
    };
    let saved: StoredTransaction;
    try {
      saved = await this.services.store.save(entry, this.stored?.txID);
    } catch (cause) {
      const reason = `the transaction could not be stored, so it was not sent: ${(cause as Error).message}`;
      throw this.state.error("STORE", "endorse", { reason, cause });
    }
    if (saved.txID !== txID) this.requireSame(saved);
    this.stored = saved;
    return saved;
  }

  private async finish({ blockNumber }: Status): Promise<Committed> {
    const { stored } = this;
    const { store } = this.services;
    if (stored?.hasIdempotencyKey) {
      // Where this fails, the transaction stays pending, and is asked for again.
      await store.save({ ...stored, committed: { blockNumber } }, stored.txID).catch(() => {});
    } else await this.forget();
    return this.committed(blockNumber);
  }

  private committed(blockNumber: bigint): Committed {
    const { txID = this.state.txID!, result = Buffer.alloc(0) } = this.transaction ?? {};
    return { txID, result, blockNumber, attempts: this.attempts };
  }

  /** Nothing more of the call will be on the ledger: its key is free again. */
  private async forget(): Promise<void> {
    const { stored } = this;
    if (stored) await this.services.store.remove(stored.key, stored.txID).catch(() => {});
  }
}

/** A hash of what is called: calls with one idempotency key must have the same. */
export function fingerprintOf({ channel, chaincode, functionName }: CallSubject, content: ProposalContent): string {
  const bytes = (value: string | Uint8Array): string => Buffer.from(value as Uint8Array).toString("base64");
  const transient = Object.entries(content.transientData ?? {}).map(([name, value]) => [name, bytes(value)]);
  const call = [channel, chaincode, functionName, content.arguments.map(bytes), transient.sort()];
  return createHash("sha256").update(JSON.stringify(call)).digest("hex");
}

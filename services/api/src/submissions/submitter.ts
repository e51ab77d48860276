/** Makes calls that write, and goes on with those that another process has left. */
import { createHash, randomUUID } from "node:crypto";

import type { Committed, SubmitOptions } from "@baas/client";
import { isClientError } from "@baas/client";

import { messageOf } from "../../../common/failure";
import type { Log } from "../../../common/log";
import type { Clients } from "../fabric/clients";
import { Problem, problemOf } from "../http/problem";
import { type StoredSubmission, type Submission, type SubmissionStore } from "../store/submissionStore";
import { toArguments, toTransient } from "./callContent";

/** How a call ended; or that its outcome is not known yet. */
export type Outcome = { committed: Committed } | { isPending: true };

/** Calls that are taken over at a time. */
const takenOverAtOnce = 100;

/** Failures that are kept at most until the database takes them. */
const mostUnstored = 10_000;

interface SubmitterOptions {
  /** Calls at work; further ones are refused. */
  atOnce: number;
  lease: number;
  retention: number;
  persistence: number;
}

/** Makes the calls. */
export class Submitter {
  private readonly working = new Set<string>();
  /** Failures that callers know of and the database does not yet. */
  private readonly unstored = new Map<string, { error: object; txID?: string }>();
  private isClosing = false;
  private readonly timers: NodeJS.Timeout[] = [];

  constructor(
    private readonly store: SubmissionStore,
    private readonly clients: Clients,
    private readonly options: SubmitterOptions,
    private readonly log: Log,
  ) {}

  /** Takes over what earlier processes have left, now and from then on. */
  start(): void {
    const every = (interval: number, what: string, work: () => Promise<void>): void => {
      this.timers.push(setInterval(() => void this.quietly(what, work), interval).unref());
    };
    const { lease, retention } = this.options;
    void this.quietly("looking for calls", () => this.takeOver(true));
    every(lease / 6, "looking for calls", () => this.takeOver(false));
    every(lease / 3, "renewing leases", () => this.renew());
    every(600_000, "forgetting old calls", () => this.store.forgetOld(retention));
  }

  /** Calls at work. */
  get atWork(): number {
    return this.working.size;
  }

  /**
   * Makes a call, and waits for its outcome.
   *
   * @param key - the caller's idempotency key
   * @throws Problem or ClientError if nothing is written
   */
  async submit(call: Omit<Submission, "id">, key: string | undefined): Promise<{ id: string; outcome: Outcome }> {
    const { submission, isNew } = this.begin(call, key);
    try {
      return { id: submission.id, outcome: { committed: await this.run(submission, isNew, false) } };
    } catch (error) {
      if (!isUnknown(error)) throw error;
      return { id: submission.id, outcome: { isPending: true } };
    }
  }

  /**
   * Makes a call, and waits until it is stored with its signed transaction.
   *
   * @throws Problem or ClientError if nothing is written
   */
  async accept(call: Omit<Submission, "id">, key: string | undefined): Promise<string> {
    const { submission, isNew } = this.begin(call, key);
    const stored = Promise.withResolvers<void>();
    this.run(submission, isNew, false, stored.resolve).then(
      () => stored.resolve(),
      (error) => (isUnknown(error) ? stored.resolve() : stored.reject(error)),
    );
    await stored.promise;
    return submission.id;
  }

  /** Ends all work, and the clients. Another process goes on with it. */
  async close(): Promise<void> {
    this.isClosing = true;
    this.clients.close();
    for (const timer of this.timers) clearInterval(timer);
    await this.quietly("giving up leases", () => this.store.giveUpLeases());
  }

  private begin(call: Omit<Submission, "id">, key: string | undefined) {
    if (this.working.size >= this.options.atOnce) throw overloaded(this.options.atOnce);
    return { submission: { ...call, id: trackingId(call.owner, key) }, isNew: key === undefined };
  }

  /** Runs a call to its end, and stores how it ended. */
  private async run(
    submission: Submission,
    isNew: boolean,
    isTakenOver: boolean,
    onStored = () => {},
  ): Promise<Committed> {
    const { id, identity, channel, chaincode, functionName, content } = submission;
    const end = this.store.during({ submission, isNew, isTakenOver, onStored });
    this.working.add(id);
    this.unstored.delete(id);
    const { endorsingOrganizations } = content;
    const options: SubmitOptions = {
      ...{ channel, chaincode, idempotencyKey: id },
      ...(content.transient && { transient: toTransient(content.transient) }),
      ...(endorsingOrganizations && { endorsingOrganizations }),
    };
    try {
      return await this.clients.of(identity).submit(functionName, toArguments(content.arguments), options);
    } catch (error) {
      if (isUnknown(error)) await this.leave(id, 0);
      else if (!this.isClosing && !isTakenOver) await this.fail(id, error);
      throw error;
    } finally {
      end();
      this.working.delete(id);
    }
  }

  private async takeOver(ofAnyProcess: boolean): Promise<void> {
    const free = Math.min(takenOverAtOnce, this.options.atOnce - this.working.size);
    if (free <= 0) return;
    for (const row of await this.store.takeOver(free, ofAnyProcess)) void this.goOn(row);
  }

  /** Goes on with a call that was stored, until its outcome is known. What fails for the moment comes back when its lease ends. */
  private async goOn(row: StoredSubmission): Promise<void> {
    const { id } = row;
    if (this.working.has(id) || this.unstored.has(id)) return;
    try {
      await this.run(submissionOf(row), false, true);
      this.log.info("A call that was left is committed", { id });
    } catch (error) {
      if (isUnknown(error) || this.isClosing) return;
      const isForNow = problemOf(error).status >= 500;
      if (isForNow && Date.now() - Number(row.stored_at) < this.options.persistence)
        return this.leave(id, this.options.lease);
      this.log.warn("A call that was left cannot go on", { id, error: messageOf(error) });
      await this.fail(id, error);
    }
  }

  private leave(id: string, time: number): Promise<void> {
    return this.quietly("leaving a call for later", () => this.store.leave(id, time));
  }

  /** Stores that a call has failed: now, or when the database takes it, as nobody must go on with it. */
  private async fail(id: string, error: unknown): Promise<void> {
    const failure = { error: problemOf(error).toJSON(), txID: this.store.lastOfNew(id) };
    const keep = (reason: unknown): never => {
      this.unstored.set(id, failure);
      const [oldest] = this.unstored.keys();
      if (this.unstored.size > mostUnstored) this.unstored.delete(oldest!);
      throw reason;
    };
    await this.quietly("storing a failure", () => this.store.fail(id, failure.error, failure.txID).catch(keep));
  }

  private async renew(): Promise<void> {
    for (const [id, { error, txID }] of this.unstored) {
      await this.store.fail(id, error, txID);
      this.unstored.delete(id);
    }
    await this.store.renewLeases();
  }

  private async quietly(what: string, work: () => Promise<void>): Promise<void> {
    await work().catch((error: unknown) => this.log.warn(`${what} failed`, { error: messageOf(error) }));
  }
}

/** The tracking ID of a call: with an idempotency key always the same one (a UUID of version 8), which tells nothing about the key. */
function trackingId(owner: string, key: string | undefined): string {
  if (key === undefined) return randomUUID();
  return createHash("sha256")
    .update(JSON.stringify([owner, key]))
    .digest("hex")
    .replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, "$1-$2-8$3-8$4-$5");
}

function submissionOf(row: StoredSubmission): Submission {
  const { id, owner, identity, channel, chaincode, function_name: functionName, call } = row;
  return { id, owner, identity, channel, chaincode, functionName, content: JSON.parse(call) };
}

function isUnknown(error: unknown): boolean {
  return isClientError(error) && error.isOutcomeUnknown;
}

function overloaded(atOnce: number): Problem {
  return new Problem(
    503,
    "OVERLOADED",
    `The server is at work on ${atOnce} calls, as many as it takes. Try again shortly.`,
    {
      retryAfter: 1,
    },
  );
}

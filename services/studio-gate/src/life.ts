/** When a session begins and ends. */
import { setTimeout as sleep } from "node:timers/promises";

import type { StudioState } from "../../../model/contracts/studio";
import { messageOf } from "../../common/failure";
import type { Log } from "../../common/log";

/** What happens in the session's pod. */
export interface Session {
  /** Starts what runs in it. @param lifeSeconds - how long it lives at most @returns since when it runs */
  start(lifeSeconds: number): Promise<Date>;
  /** Ends all that runs in it. */
  stop(): Promise<void>;
  /** @returns since when it runs; undefined if it does not */
  state(): Promise<Date | undefined>;
}

/** Arguments of {@link Life}. */
export interface LifeArgs {
  session: Session;
  idleSeconds: number;
  lifeSeconds: number;
  /** Called when the session has begun, and when it has ended. */
  began: () => void;
  ended: () => void;
  log: Log;
  now?: () => number;
  /** How long a session may take to start, in milliseconds. */
  patience?: number;
}

/** The session was closed while somebody opened it. */
export class ClosedMeanwhile extends Error {
  constructor() {
    super("The session was closed while it was opening.");
  }
}

/** A session's life: opened by a developer, ended by her, by its age, or when no window has been open for some time. */
export class Life {
  private since: Date | undefined;
  /** When it began by the clock here, in milliseconds. */
  private began = 0;
  /** Since when the one ran that was ended last, in milliseconds: it may not have heard of it. */
  private over: number | undefined;
  private used = 0;
  private windows = 0;
  private opening: Promise<void> | undefined;
  /** Whether what is opening is to end. */
  private isClosed = false;
  private readonly now: () => number;

  constructor(private readonly args: LifeArgs) {
    this.now = args.now ?? Date.now;
  }

  get isOpen(): boolean {
    return this.since !== undefined;
  }

  /** What is known of it. */
  get state(): Omit<StudioState, "isCalled"> {
    const { since, began, windows } = this;
    if (since === undefined) return { isOpen: false, windows };
    const until = new Date(began + this.args.lifeSeconds * 1000).toISOString();
    return { isOpen: true, since: since.toISOString(), until, windows };
  }

  /** Begins, unless it has begun. */
  open(): Promise<void> {
    this.use();
    if (this.isOpen) return Promise.resolve();
    // Who opens it after it was closed gets another one.
    if (this.opening !== undefined && this.isClosed) return this.opening.catch(() => undefined).then(() => this.open());
    return (this.opening ??= this.begin().finally(() => {
      this.opening = undefined;
      this.isClosed = false;
    }));
  }

  private async begin(): Promise<void> {
    const since = await this.started();
    if (this.isClosed) {
      await this.stop(since);
      throw new ClosedMeanwhile();
    }
    this.take(since);
    this.args.log.info("the session began");
  }

  /** Its container may just be starting anew, which Kubernetes puts off if it has ended by itself a moment ago. */
  private async started(): Promise<Date> {
    const { session, lifeSeconds, patience = 120_000 } = this.args;
    for (const until = Date.now() + patience; ;) {
      if (this.isClosed) throw new ClosedMeanwhile();
      try {
        const since = await session.start(lifeSeconds);
        if (since.getTime() !== this.over) return since;
        await session.stop();
        throw new Error("the session that was ended runs still");
      } catch (error) {
        if (Date.now() >= until) throw error;
        await sleep(500);
      }
    }
  }

  private take(since: Date): void {
    this.since = since;
    // What runs in the session could say anything.
    this.began = Math.min(since.getTime(), this.now());
    this.use();
    this.args.began();
  }

  /** Notes that somebody uses it. */
  use(): void {
    this.used = this.now();
  }

  /** Notes an open window. @returns what notes its end */
  openWindow(): () => void {
    this.windows++;
    let isOpen = true;
    return () => {
      if (!isOpen) return;
      isOpen = false;
      this.windows--;
      this.use();
    };
  }

  /** Ends it if its time has come, and goes on with one that began before the gate did. To be called now and then. */
  async check(): Promise<void> {
    const { idleSeconds, lifeSeconds } = this.args;
    if (this.since === undefined) return this.look();
    const age = (this.now() - this.began) / 1000;
    if (age >= lifeSeconds) await this.end("it has reached its longest life");
    else if (this.windows === 0 && (this.now() - this.used) / 1000 >= idleSeconds) await this.end("no window is open");
    else await this.notice(this.since);
  }

  /** Looks whether one runs that nobody knows of: a gate that was started anew, or one that has not heard of its end. */
  private async look(): Promise<void> {
    const { session, log } = this.args;
    try {
      const found = await session.state();
      if (found === undefined || this.isOpen || this.opening !== undefined) return;
      if (found.getTime() === this.over) return await session.stop();
      this.take(found);
      log.info("the session goes on", { since: found.toISOString() });
    } catch (error) {
      log.debug("the session does not answer", { reason: messageOf(error) });
    }
  }

  /** Notices one that has ended by itself, perhaps for want of memory: nothing runs in its container then. */
  private async notice(since: Date): Promise<void> {
    const { session, log } = this.args;
    try {
      const found = await session.state();
      if (found?.getTime() !== since.getTime() && this.since === since) await this.end("what ran in it has ended");
    } catch (error) {
      log.debug("the session does not answer", { reason: messageOf(error) });
    }
  }

  /** Ends it: nothing comes in any more, whether or not its pod stops at once. */
  async end(reason: string): Promise<void> {
    // The gate may have been started anew a moment ago.
    if (this.since === undefined && this.opening === undefined) await this.look();
    const { since, opening } = this;
    if (since === undefined) {
      if (opening === undefined) return;
      this.isClosed = true;
      // Links that were made for it count no more.
      this.args.ended();
      return opening.catch(() => undefined);
    }
    this.since = undefined;
    this.args.log.info("the session ended", { reason });
    this.args.ended();
    await this.stop(since);
  }

  private async stop(since: Date): Promise<void> {
    this.over = since.getTime();
    try {
      await this.args.session.stop();
    } catch (error) {
      this.args.log.warn("the session's pod does not stop, and is told again", { reason: messageOf(error) });
    }
  }
}

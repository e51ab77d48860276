/**
 * Calls that write, made while parts of a network fail: what their callers were told is compared with the ledger. Each call hands an
 * asset to an owner of its own, so that the assets' histories show which calls were applied, and how often.
 */
import { eachInFlight } from "../load/inFlight";
import type { ApiCaller, ApiOutcome } from "./apiCaller";

/** A call, and what its caller was told. */
export interface RecordedCall extends ApiOutcome {
  asset: string;
  /** Unlike that of any other call. */
  owner: string;
  /** Milliseconds since 1970. */
  ended: number;
}

/** What was wrong, in words; nothing if the ledger has what callers were told. */
export interface HistoryMistakes {
  /** Acknowledged, but not on the ledger, or by another transaction. */
  lost: string[];
  /** On the ledger more than once. */
  twice: string[];
  /** Reported as failed, but on the ledger. */
  denied: string[];
  /** Not known after a minute. */
  unknown: string[];
}

/** Calls of one test. */
export class CallHistory {
  readonly calls: RecordedCall[] = [];
  private readonly run = Date.now().toString(36);
  private readonly assets: string[];

  /** @param assets - how many assets the calls are spread over */
  constructor(
    private readonly api: ApiCaller,
    assets: number,
  ) {
    this.assets = Array.from({ length: assets }, (_, i) => `history-${this.run}-${i}`);
  }

  /** Creates the assets. */
  async start(inFlight: number): Promise<void> {
    await eachInFlight(this.assets.length, inFlight, async (n) => {
      const id = this.assets[n]!;
      const created = await this.api.submit("CreateAsset", [id, "nobody", "an asset of many", "1"], id);
      if (created.state !== "committed") throw new Error(`CreateAsset ${id}: ${created.answer}`);
    });
  }

  /**
   * Makes calls.
   *
   * @param failure - happens once a quarter of the calls has been made, and may last longer than they do
   */
  async submit(count: number, inFlight: number, failure: () => Promise<unknown>): Promise<RecordedCall[]> {
    const first = this.calls.length;
    let failing: Promise<unknown> = Promise.resolve();
    const calls = await eachInFlight(count, inFlight, async (n) => {
      if (n === Math.floor(count / 4)) failing = failure();
      const asset = this.assets[n % this.assets.length]!;
      const owner = `call-${this.run}-${first + n}`;
      const outcome = await this.api.submit("TransferAsset", [asset, owner], owner);
      return { ...outcome, asset, owner, ended: Date.now() };
    });
    this.calls.push(...calls);
    await failing;
    return calls;
  }

  /** Compares what callers were told with the histories of the assets. */
  async check(inFlight: number): Promise<HistoryMistakes> {
    const applied = new Map<string, string[]>();
    await eachInFlight(this.assets.length, inFlight, async (n) => {
      for (const { txId, asset } of await this.api.evaluate("GetAssetHistory", this.assets[n]!))
        applied.set(asset.owner, [...(applied.get(asset.owner) ?? []), txId]);
    });
    const mistakes: HistoryMistakes = { lost: [], twice: [], denied: [], unknown: [] };
    for (const { owner, state, txID, answer } of this.calls) {
      const found = applied.get(owner) ?? [];
      const line = `${owner}: ${answer}; on the ledger: ${found.join(", ") || "nothing"}`;
      if (found.length > 1) mistakes.twice.push(line);
      if (state === "committed" && found[0] !== txID) mistakes.lost.push(line);
      if (state === "failed" && found.length > 0) mistakes.denied.push(line);
      if (state === "unknown") mistakes.unknown.push(line);
    }
    return mistakes;
  }
}

/** Figures about calls, in words. */
export function describeCalls(calls: readonly RecordedCall[]): string {
  const began = Math.min(...calls.map(({ ended, took }) => ended - took));
  const ends = calls.map(({ ended }) => ended).sort((a, b) => a - b);
  const stall = Math.max(...ends.slice(1).map((end, i) => end - ends[i]!));
  const took = calls.map((call) => call.took).sort((a, b) => a - b);
  const at = (share: number): number => took[Math.floor(share * (took.length - 1))]!;
  const seconds = (ends.at(-1)! - began) / 1000;
  const states = Object.entries(countBy(calls.map(({ state }) => state))).map(([state, count]) => `${count} ${state}`);
  const again = calls.filter(({ tries }) => tries > 1).length;
  return (
    `${states.join(", ")}; ${(calls.length / seconds).toFixed(1)} calls/s; p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, ` +
    `longest ${took.at(-1)} ms; longest time without any answer ${stall} ms; ${again} made again by the caller`
  );
}

/** How often each text occurs. */
export function countBy(texts: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const text of texts) counts[text] = (counts[text] ?? 0) + 1;
  return counts;
}

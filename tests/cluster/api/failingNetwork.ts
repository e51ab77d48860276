/** A network with an API server on real Fabric whose parts fail during calls that write, and what the ledger has of these calls. */
import { expect } from "vitest";

import type { FabricCluster } from "../fabricCluster";
import { LoadPod } from "../load/loadPod";
import { NetworkUnderLoad } from "../load/networkUnderLoad";
import type { ApiCaller } from "./apiCaller";
import { ApiNetwork, type ApiStack } from "./apiNetwork";
import { CallHistory, countBy, describeCalls } from "./callHistory";

/** How many calls are under way at a time. */
const inFlight = 40;
/** How many assets the calls are spread over. */
const assets = 500;

/** Makes calls while something fails. */
export class FailingNetwork {
  api!: ApiCaller;
  private network: ApiNetwork | undefined;
  private history!: CallHistory;
  private readonly health: NetworkUnderLoad;

  constructor(
    private readonly fabric: FabricCluster,
    private readonly stack: ApiStack,
  ) {
    this.health = new NetworkUnderLoad(fabric, stack.name, 1);
  }

  /** Brings the network up, and creates the assets. */
  async start(timeoutMs?: number): Promise<void> {
    this.network = await ApiNetwork.prepare(this.fabric, this.stack);
    expect(await this.fabric.apply(this.stack.name, timeoutMs)).toMatchObject({ end: "ready", notReady: [] });
    this.api = await this.network.caller();
    this.history = new CallHistory(this.api, assets);
    await this.history.start(inFlight);
  }

  /** Deletes pods of the network at once. */
  kill(...pods: string[]): Promise<string> {
    return this.fabric.kubectl("-n", this.stack.name, "delete", "pod", ...pods, "--force", "--grace-period=0");
  }

  /**
   * Makes calls while something fails, prints figures, and waits until all is well again. Every call must be committed, a minute after
   * it was made or after what has failed is back.
   */
  async during(what: string, calls: number, fail: () => Promise<unknown>): Promise<void> {
    let back = 0;
    const made = await this.history.submit(calls, inFlight, async () => {
      await fail();
      back = Date.now();
    });
    console.log(`${calls} calls, ${inFlight} in flight, ${what}: ${describeCalls(made)}`);
    const others = made.filter(({ state }) => state !== "committed");
    console.log(`  ${JSON.stringify(countBy(others.map(({ answer, state }) => `${state}: ${answer.slice(0, 200)}`)))}`);
    expect(others).toEqual([]);
    const late = made.filter(({ ended, took }) => ended - Math.max(back, ended - took) > 60_000);
    expect(late).toEqual([]);
    await this.health.untilHealed();
  }

  /** Compares what callers were told with the ledger, on every peer. */
  async check(calls: number): Promise<void> {
    const { history } = this;
    expect(history.calls).toHaveLength(calls);
    expect(await history.check(inFlight)).toEqual({ lost: [], twice: [], denied: [], unknown: [] });
    const reader = await LoadPod.start(this.fabric.cluster, this.stack.name, "asset-transfer-1-0-smoke-test");
    const ledgers = await reader.ledgers();
    await reader.remove();
    expect(new Set(ledgers.map(({ height, hash }) => `${height} ${hash}`)).size).toBe(1);
    for (const { peer, transactions } of ledgers) {
      const invalid = history.calls.filter(({ txID }) => transactions[txID!] !== 0);
      expect(invalid, peer).toEqual([]);
    }
  }

  close(): void {
    this.network?.close();
  }
}

/** A network under a steady load of transactions: runs something meanwhile, and checks that nothing acknowledged is lost. */
import { setTimeout as sleep } from "node:timers/promises";

import { expect, vi } from "vitest";

import type { Ledger, Submission } from "./clientProgram";
import { LoadPod, type PodAccess } from "./loadPod";
import { isReady, type TriedCluster } from "./triedCluster";

/** The client of a network on a local cluster. */
export class NetworkUnderLoad {
  private client!: LoadPod;
  /** Every transaction of the load that was acknowledged to a client as committed. */
  private readonly acknowledged = new Set<string>();

  /**
   * @param ratePerSecond - transactions submitted each second
   * @param options - `retry`: whether each is tried again as a client may
   */
  constructor(
    private readonly fabric: TriedCluster,
    private readonly network: string,
    private readonly ratePerSecond: number,
    private readonly options: { retry?: boolean } = {},
  ) {}

  /**
   * Starts the client.
   *
   * @param job - the smoke test that it runs as
   * @param access - where it runs, and how it reaches peers
   */
  async start(job: string, access: PodAccess = {}): Promise<void> {
    this.client = await LoadPod.start(this.fabric.cluster, this.network, job, access);
  }

  /** Deletes the client. */
  async stop(): Promise<void> {
    await this.client.remove();
  }

  /** Waits until every pod of the network and of the platform is ready, and every custom resource. */
  async untilHealed(): Promise<void> {
    await vi.waitFor(async () => expect(await this.unready()).toEqual([]), { timeout: 180_000, interval: 500 });
  }

  private async unready(): Promise<string[]> {
    const { fabric, network } = this;
    const pods = [...(await fabric.list("pods", "-n", network)), ...(await fabric.list("pods", "-n", "baas-platform"))]
      .filter(({ metadata }) => !/smoke-test|^load-/.test(metadata.name))
      .filter((pod) => !isReady(pod));
    const resources = (
      await fabric.list("certificateauthorities,identities,channels,chaincodes,rollouts", "-n", network)
    ).filter(({ metadata, status }) => {
      const ready = status?.conditions?.find((each: any) => each.type === "Ready");
      return status?.observedGeneration !== metadata.generation || ready?.status !== "True";
    });
    return [...pods, ...resources].map(({ metadata }) => metadata.name);
  }

  /** Waits until all peers have the same ledger, and looks for every acknowledged transaction in all of them. */
  async sameLedgers(): Promise<Ledger[]> {
    let ledgers: Ledger[] = [];
    await vi.waitFor(
      async () => {
        ledgers = await this.client.ledgers();
        expect(new Set(ledgers.map(({ height, hash }) => `${height} ${hash}`)).size).toBe(1);
      },
      { timeout: 120_000, interval: 1000 },
    );
    for (const { peer, transactions } of ledgers) {
      const lost = [...this.acknowledged]
        .filter((transactionId) => transactions[transactionId] !== 0)
        .map((transactionId) => `${transactionId} with code ${transactions[transactionId]}`);
      expect(lost, `acknowledged, but not valid on ${peer}`).toEqual([]);
    }
    return ledgers;
  }

  /** Runs a function while transactions are submitted, and prints their results. */
  async whileLoaded(what: string, work: () => Promise<void>): Promise<Submission[]> {
    const load = this.client.submit(this.ratePerSecond, { ...this.options, seconds: 3600 });
    await vi.waitFor(() => expect(load.submissions.length).toBeGreaterThan(3 * this.ratePerSecond), {
      timeout: 60_000,
      interval: 100,
    });
    const began = Date.now();
    await work();
    const healed = Date.now();
    await sleep(5000);
    const submissions = await load.stop();
    for (const { outcome, transactionId } of submissions) {
      if (outcome === "committed") this.acknowledged.add(transactionId!);
    }
    console.log(report(what, submissions, began, healed));
    return submissions;
  }
}

/** The submissions that were not acknowledged. */
export const failures = (submissions: readonly Submission[]): Submission[] =>
  submissions.filter(({ outcome }) => outcome !== "committed");

function report(what: string, submissions: readonly Submission[], began: number, healed: number): string {
  const failed = submissions.filter(({ outcome }) => outcome !== "committed");
  const kinds = new Map<string, Submission[]>();
  for (const each of failed) {
    const kind = `via ${each.via}: ${each.outcome.replace(/ after [\d.]+s.*|Deadline is|[0-9a-f]{16,}|\d+\.\d+\.\d+\.\d+:\d+/g, "…").slice(0, 150)}`;
    kinds.set(kind, [...(kinds.get(kind) ?? []), each]);
  }
  const seconds = (time: number) => ((time - began) / 1000).toFixed(1);
  const took = submissions.map((each) => each.took).sort((a, b) => a - b);
  const lines = [...kinds].map(([kind, all]) => {
    const first = Math.min(...all.map(({ start }) => start));
    const last = Math.max(...all.map(({ start }) => start));
    return `    ${all.length} started ${seconds(first)} to ${seconds(last)} s after it, ${kind}`;
  });
  const again = submissions.filter(({ attempts, outcome }) => attempts > 1 && outcome === "committed");
  if (again.length > 0)
    lines.push(`    ${again.length} committed at another attempt, after a read conflict or different endorsements`);
  return [
    `${what}: healed after ${seconds(healed)} s; ${submissions.length} transactions, ${failed.length} failed; ` +
      `median ${took[took.length >> 1]} ms, longest ${took.at(-1)} ms`,
    ...lines,
  ].join("\n");
}

/** Decides which replicas of topics move to which brokers: off those that are to be removed, and onto those that are new. */
import type { PartitionState } from "./kafkaState";

/** The brokers that a partition is to have. */
export interface Move {
  topic: string;
  partition: number;
  replicas: number[];
}

/** Who may have replicas. */
export interface Brokers {
  /** Numbers of those that stay. */
  staying: readonly number[];
  /** Where brokers are, by number; absent for unknown. */
  racks: ReadonlyMap<number, string>;
}

/**
 * The moves after which no broker that goes has a replica, and none that stays is idle. While all that stay have at least half of
 * their fair share, the rest is left as it is: moving a replica copies the whole log of a channel.
 *
 * No move puts more replicas of a partition into one rack than were there, if another broker can take it.
 */
export function plannedMoves(partitions: readonly PartitionState[], brokers: Brokers): Move[] {
  const plan = new Plan(partitions, brokers);
  plan.drain();
  if (plan.hasIdle()) plan.even();
  return plan.moves();
}

class Plan {
  private readonly wanted: number[][];
  private readonly load: Map<number, number>;

  constructor(
    private readonly partitions: readonly PartitionState[],
    private readonly brokers: Brokers,
  ) {
    this.wanted = partitions.map(({ replicas }) => [...replicas]);
    this.load = new Map(brokers.staying.map((number) => [number, this.replicasOn(number)]));
  }

  /** Gives the replicas of brokers that go to those that stay. */
  drain(): void {
    for (const replicas of this.wanted) {
      for (const gone of replicas.filter((number) => !this.load.has(number))) {
        const to = this.byLoad().filter((number) => !replicas.includes(number));
        const best = to.find((number) => this.racksAfter(replicas, gone, number) >= this.racksOf(replicas)) ?? to[0];
        if (best !== undefined) this.move(replicas, gone, best);
      }
    }
  }

  /** Whether a broker has less than half of its fair share. */
  hasIdle(): boolean {
    const [least] = this.byLoad();
    const total = [...this.load.values()].reduce((sum, count) => sum + count, 0);
    return least !== undefined && this.load.get(least)! * 2 < Math.floor(total / this.load.size);
  }

  /** Moves replicas, each partition's one at most, until no broker has two more than another, as far as racks allow. */
  even(): void {
    const moved = new Set<number[]>();
    const step = (): boolean => {
      const order = this.byLoad();
      for (const to of order) {
        for (const from of order.toReversed()) {
          if (this.load.get(from)! - this.load.get(to)! < 2) break;
          const replicas = this.wanted.find((one) => !moved.has(one) && this.mayMove(one, from, to));
          if (replicas === undefined) continue;
          moved.add(replicas);
          this.move(replicas, from, to);
          return true;
        }
      }
      return false;
    };
    while (step());
  }

  /** What differs from what is there. */
  moves(): Move[] {
    return this.partitions.flatMap(({ topic, partition, replicas }, index) => {
      const wanted = this.wanted[index]!;
      return wanted.join() === replicas.join() ? [] : [{ topic, partition, replicas: wanted }];
    });
  }

  private mayMove(replicas: readonly number[], from: number, to: number): boolean {
    if (!replicas.includes(from) || replicas.includes(to)) return false;
    return this.racksAfter(replicas, from, to) >= this.racksOf(replicas);
  }

  /** In its place: the first replica of a partition is the one that leads it. */
  private move(replicas: number[], from: number, to: number): void {
    replicas[replicas.indexOf(from)] = to;
    if (this.load.has(from)) this.load.set(from, this.load.get(from)! - 1);
    this.load.set(to, this.load.get(to)! + 1);
  }

  private racksAfter(replicas: readonly number[], from: number, to: number): number {
    return this.racksOf(replicas.map((number) => (number === from ? to : number)));
  }

  /** How many racks have a replica. */
  private racksOf(replicas: readonly number[]): number {
    return new Set(replicas.map((number) => this.brokers.racks.get(number) ?? `broker ${number}`)).size;
  }

  /** Those that stay, with the fewest replicas first. */
  private byLoad(): number[] {
    return [...this.load].sort(([a, one], [b, other]) => one - other || a - b).map(([number]) => number);
  }

  private replicasOn(number: number): number {
    return this.wanted.filter((replicas) => replicas.includes(number)).length;
  }
}

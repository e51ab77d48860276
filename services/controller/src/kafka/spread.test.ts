import { describe, expect, it } from "vitest";

import type { PartitionState } from "./kafkaState";
import { plannedMoves } from "./spread";

/** Topics with one partition each, on these brokers. */
const on = (...all: number[][]): PartitionState[] =>
  all.map((replicas, i) => ({ topic: `t${i}`, partition: 0, leader: replicas[0]!, replicas, inSync: replicas }));

const none = new Map<number, string>();

function load(partitions: readonly PartitionState[], staying: number[], racks = none): Record<number, number> {
  const moves = plannedMoves(partitions, { staying, racks });
  const counts: Record<number, number> = {};
  for (const { topic, replicas } of partitions) {
    const after = moves.find((move) => move.topic === topic)?.replicas ?? replicas;
    expect(new Set(after).size).toBe(replicas.length);
    for (const number of after) counts[number] = (counts[number] ?? 0) + 1;
  }
  return counts;
}

const four = on([0, 1, 2], [1, 2, 3], [2, 3, 0], [3, 0, 1], [0, 1, 2], [1, 2, 3], [2, 3, 0], [3, 0, 1]);

describe("the moves of replicas", () => {
  it("are none while every broker has its share, or about that", () => {
    expect(plannedMoves(four, { staying: [0, 1, 2, 3], racks: none })).toEqual([]);
    expect(plannedMoves([], { staying: [0, 1, 2, 3, 4], racks: none })).toEqual([]);
    const uneven = on([0, 1, 2], [0, 1, 2], [0, 1, 3], [0, 2, 3]);
    expect(plannedMoves(uneven, { staying: [0, 1, 2, 3], racks: none })).toEqual([]);
  });

  it("give a new broker as many as the others have", () => {
    expect(load(four, [0, 1, 2, 3, 4])).toEqual({ 0: 5, 1: 5, 2: 5, 3: 5, 4: 4 });
    expect(load(four, [0, 1, 2, 3, 4, 5])).toEqual({ 0: 4, 1: 4, 2: 4, 3: 4, 4: 4, 5: 4 });
  });

  it("move no more than they must, one replica of a partition at a time", () => {
    const moves = plannedMoves(four, { staying: [0, 1, 2, 3, 4], racks: none });
    expect(moves).toHaveLength(4);
    for (const { topic, replicas } of moves) {
      const before = four.find((one) => one.topic === topic)!.replicas;
      expect(replicas.filter((number) => before.includes(number))).toHaveLength(2);
    }
  });

  it("leave nothing on a broker that goes, nor on one that is gone", () => {
    const five = on([0, 1, 4], [4, 2, 3], [2, 3, 0], [4, 0, 1]);
    expect(load(five, [0, 1, 2, 3])).toEqual({ 0: 3, 1: 3, 2: 3, 3: 3 });
    expect(load(on([4, 5, 0]), [0, 1, 2, 3])).toEqual({ 0: 1, 1: 1, 2: 1 });
  });

  it("keep the replicas of a partition in as many racks as they were", () => {
    const racks = new Map([
      [0, "a"],
      [1, "b"],
      [2, "c"],
      [3, "a"],
      [4, "a"],
    ]);
    const moves = plannedMoves(four, { staying: [0, 1, 2, 3, 4], racks });
    expect(moves.length).toBeGreaterThan(0);
    for (const { topic, replicas } of moves) {
      const racksOf = (numbers: number[]) => new Set(numbers.map((number) => racks.get(number))).size;
      expect(racksOf(replicas)).toBeGreaterThanOrEqual(racksOf(four.find((one) => one.topic === topic)!.replicas));
    }
    // Nobody else is in rack c.
    expect(plannedMoves(on([0, 1, 2]), { staying: [0, 1, 3, 4], racks })).toEqual([
      { topic: "t0", partition: 0, replicas: [0, 1, 3] },
    ]);
  });

  it("are the same whenever they are asked for, so that a controller that takes over goes on with them", () => {
    const ask = () => plannedMoves(four, { staying: [0, 1, 2, 3, 4], racks: none });
    expect(ask()).toEqual(ask());
    const done = four.map((one) => ({ ...one, ...ask().find(({ topic }) => topic === one.topic) }));
    expect(plannedMoves(done, { staying: [0, 1, 2, 3, 4], racks: none })).toEqual([]);
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { type Edge, mergeEdges } from "./links";
import { isUniform, uniformGroups } from "./uniformGroups";

const edge = (from: string, to: string): Edge => ({
  from,
  to,
  toRole: to[0]!,
  ports: [{ port: "1", purpose: "", traffic: "other" }],
});

const groups = (...ids: string[]) => ids.map((id) => ({ id, size: 1 }));

function links(edges: Edge[], all: { id: string; size: number }[]): string[] {
  return mergeEdges(edges, all).map(({ sources, targets, mutual }) => `${sources} ${mutual ? "<->" : "->"} ${targets}`);
}

describe("links", () => {
  it("have all sources that reach the same targets", () => {
    const edges = [edge("p1", "o"), edge("p2", "o"), edge("p1", "c1"), edge("p2", "c2")];
    expect(links(edges, groups("p1", "c1", "p2", "c2", "o"))).toEqual(["p1 -> c1", "p1,p2 -> o", "p2 -> c2"]);
  });

  it("are mutual where all reach each other, those that are alone in their group included", () => {
    const pairs = [edge("p1", "p2"), edge("p2", "p1"), edge("p2", "p2")];
    expect(
      links(pairs, [
        { id: "p1", size: 1 },
        { id: "p2", size: 2 },
      ]),
    ).toEqual(["p1,p2 <-> p1,p2"]);
    expect(links([edge("p1", "p2"), edge("p3", "p1")], groups("p1", "p2", "p3"))).toEqual(["p1 -> p2", "p3 -> p1"]);
  });
});

describe("groups and links together", () => {
  const anyPods = fc
    .record({ sizes: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 5 }), dense: fc.boolean() })
    .chain(({ sizes, dense }) => {
      const count = sizes.reduce((sum, size) => sum + size, 0);
      const bit = dense ? fc.boolean() : fc.nat(4).map((n) => n === 0);
      return fc.record({
        sizes: fc.constant(sizes),
        bits: fc.array(bit, { minLength: count * count, maxLength: count * count }),
      });
    });

  it("say exactly which pods reach which", () => {
    fc.assert(
      fc.property(anyPods, ({ sizes, bits }) => {
        const count = Math.sqrt(bits.length);
        const adjacent = (a: number, b: number): boolean => a !== b && bits[a * count + b]!;
        let next = 0;
        const start = sizes.map((size) => Array.from({ length: size }, () => next++));
        const uniform = uniformGroups(start, [adjacent]);
        expect(uniform.flat().sort((a, b) => a - b)).toEqual(start.flat());

        const edges = uniform.flatMap((from, a) =>
          uniform.flatMap((to, b) => {
            expect(isUniform(from, to, adjacent)).toBe(true);
            const pair = from.flatMap((x) => to.filter((y) => x !== y).map((y) => adjacent(x, y)));
            return pair[0] === true ? [edge(String(a), String(b))] : [];
          }),
        );
        const all = uniform.map((group, i) => ({ id: String(i), size: group.length }));
        const told = mergeEdges(
          edges.map((one) => ({ ...one, toRole: "" })),
          all,
        ).flatMap(({ sources, targets }) =>
          sources.flatMap((from) =>
            targets.flatMap((to) =>
              uniform[Number(from)]!.flatMap((x) =>
                uniform[Number(to)]!.filter((y) => x !== y).map((y) => `${x} ${y}`),
              ),
            ),
          ),
        );
        const real = start.flat().flatMap((x) =>
          start
            .flat()
            .filter((y) => adjacent(x, y))
            .map((y) => `${x} ${y}`),
        );
        expect(told.sort()).toEqual(real.sort());
      }),
    );
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { arrange } from "./layout";
import { mermaid } from "./mermaid";
import type { Point, Rect, Sheet, Text } from "./sheet";
import { svg } from "./svg";
import { anyGraph, textBounds } from "./testing";

const runs = { numRuns: 150 };

function texts({ shapes }: Sheet): { text: Text; bounds: Rect }[] {
  return shapes.flatMap((shape) => (shape.kind === "text" ? [{ text: shape, bounds: textBounds(shape) }] : []));
}

function segments({ shapes }: Sheet): { from: Point; to: Point; wire: number }[] {
  return shapes.flatMap((shape, wire) =>
    shape.kind !== "wire"
      ? []
      : shape.lines.flatMap((line) => line.slice(1).map((to, i) => ({ from: line[i]!, to, wire }))),
  );
}

function overlap(a: Rect, b: Rect): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

function boundsOf({ from, to }: { from: Point; to: Point }): Rect {
  const [x, y] = [Math.min(from.x, to.x), Math.min(from.y, to.y)];
  return { x, y, width: Math.max(from.x, to.x) - x, height: Math.max(from.y, to.y) - y };
}

describe("the picture of any network", () => {
  it("has no text upon another one, and none that leaves the sheet", () => {
    fc.assert(
      fc.property(anyGraph, (graph) => {
        const sheet = arrange(graph);
        const all = texts(sheet);
        for (const [i, one] of all.entries()) {
          const { x, y, width, height } = one.bounds;
          expect(x >= 0 && y >= 0 && x + width <= sheet.width && y + height <= sheet.height, one.text.text).toBe(true);
          const upon = all.slice(i + 1).find((other) => overlap(one.bounds, other.bounds));
          expect(upon && [one.text.text, upon.text.text]).toBeUndefined();
        }
      }),
      runs,
    );
  });

  it("has no line through a text, and no row or box upon another one", () => {
    fc.assert(
      fc.property(anyGraph, (graph) => {
        const sheet = arrange(graph);
        for (const segment of segments(sheet)) {
          const through = texts(sheet).find(({ bounds }) => overlap(boundsOf(segment), bounds));
          expect(through?.text.text).toBeUndefined();
        }
        const rects = sheet.shapes.flatMap((shape) => (shape.kind === "rect" ? [shape.rect] : []));
        for (const [i, one] of rects.entries()) {
          // What is in a box is wholly in it.
          const torn = rects.slice(i + 1).find((other) => overlap(one, other) && !contains(one, other));
          expect(torn && [one, torn]).toBeUndefined();
        }
      }),
      runs,
    );
  });

  it("has no line that runs along another one", () => {
    fc.assert(
      fc.property(anyGraph, (graph) => {
        const all = segments(arrange(graph));
        for (const [i, one] of all.entries()) {
          const along = all.slice(i + 1).find((other) => other.wire !== one.wire && runsAlong(one, other));
          expect(along && [one, along]).toBeUndefined();
        }
      }),
      runs,
    );
  });

  it("is well-formed in every format, whatever its names are", () => {
    fc.assert(
      fc.property(anyGraph, (graph) => {
        const written = svg(graph);
        expect(svg(graph)).toBe(written);
        // Elements only where the writer put them: names bring none.
        expect(written.replace(/<\/?(svg|title|desc|rect|text|path|circle)\b[^<>]*>/g, "")).not.toMatch(/[<>]/);
        expect(written.replace(/&(amp|lt|gt|quot|apos);/g, "")).not.toContain("&");
        for (const line of mermaid(graph).split("\n")) expect(line.split('"').length % 2).toBe(1);
      }),
      runs,
    );
  });
});

function contains(outer: Rect, inner: Rect): boolean {
  return (
    outer.x <= inner.x &&
    outer.y <= inner.y &&
    inner.x + inner.width <= outer.x + outer.width &&
    inner.y + inner.height <= outer.y + outer.height
  );
}

function runsAlong(one: { from: Point; to: Point }, other: { from: Point; to: Point }): boolean {
  const [a, b] = [boundsOf(one), boundsOf(other)];
  if (a.height === 0 && b.height === 0 && a.y === b.y) return a.x < b.x + b.width && b.x < a.x + a.width;
  if (a.width === 0 && b.width === 0 && a.x === b.x) return a.y < b.y + b.height && b.y < a.y + a.height;
  return false;
}

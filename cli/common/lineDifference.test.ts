import fc from "fast-check";
import { expect, test } from "vitest";

import { lineDifference } from "./lineDifference";

const numbers = (from: number, to: number): string =>
  Array.from({ length: to - from + 1 }, (_, i) => `${from + i}\n`).join("");

test("shows two lines around each change, and where what is left out begins", () => {
  const before = numbers(1, 20);
  const after = before.replace("5\n", "five\n").replace("15\n", "").replace("16\n", "16\nnew\n");
  expect(lineDifference(before, after)).toEqual([
    ...["@@ line 3 @@", "  3", "  4", "- 5", "+ five", "  6", "  7"],
    ...["@@ line 13 @@", "  13", "  14", "- 15", "  16", "+ new", "  17", "  18"],
  ]);
});

test("shows nothing of equal texts, and all of a text that comes or goes", () => {
  expect(lineDifference("a\nb\n", "a\nb\n")).toEqual([]);
  expect(lineDifference("a", "b\nc")).toEqual(["- a", "+ b", "+ c"]);
});

test("never loses or invents a line", () => {
  const text = fc.array(fc.constantFrom("a", "b", "c", "d"), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(text, text, (before, after) => {
      const lines = lineDifference(before.join("\n"), after.join("\n"));
      const count = (list: string[], what: string): number => list.filter((line) => line === what).length;
      for (const letter of ["a", "b", "c", "d"]) {
        expect(count(lines, `+ ${letter}`) - count(lines, `- ${letter}`)).toBe(
          count(after, letter) - count(before, letter),
        );
      }
    }),
  );
});

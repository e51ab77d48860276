import { expect, it } from "vitest";

import { documentsIn } from "./documents";

const text = (): string => ["a: 1", "---", "[b]", "---", "c"].join("\n");

it("finds lists and mappings", () => {
  expect(documentsIn(text())).toEqual([{ a: 1 }, ["b"]]);
});

it("finds none in what is no YAML", () => {
  expect(documentsIn("a: b: c")).toEqual([]);
});

it.each([
  ["a text", text()],
  ["a text that is no YAML", "a: b: c"],
])("parses %s once", (_title, asked) => {
  expect(documentsIn(asked)).toBe(documentsIn(asked));
});

it("forgets texts when there are too many", () => {
  const before = documentsIn(text());
  for (let i = 0; i < 9; i++) documentsIn(`- ${i}${"x".repeat(2 ** 20)}`);
  expect(documentsIn(text())).not.toBe(before);
  expect(documentsIn(text())).toEqual(before);
});

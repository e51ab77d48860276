import { describe, expect, test } from "vitest";

import { plain } from "../../common/colors";
import type { FieldChange } from "./fieldChange";
import { fieldLines, valueLines } from "./fieldLines";

const whole = (field: FieldChange, note = ""): string[] => fieldLines(field, { paint: plain, note });
const excerpt = (field: FieldChange): string[] => fieldLines(field, { paint: plain, excerpt: true });
const long = (text: string): string => text.repeat(50);

describe("a field that changes", () => {
  test("is one line where its values fit on it, with quotes only where they are needed", () => {
    expect(whole({ path: "a", before: "x", after: 2 }, " (replaces)")).toEqual(["a: x -> 2 (replaces)"]);
    expect(whole({ path: "a", after: { b: ["c", ""] } })).toEqual(['+ a: { b: [c, ""] }']);
    expect(whole({ path: "a", before: "[secret]" })).toEqual(["- a: [secret]"]);
  });

  test("is shown whole, or what matters of it", () => {
    const field = { path: "a", before: `${long("same")} old`, after: `${long("same")} new` };
    expect(whole(field, " (replaces)")).toEqual([`- a: "${field.before}" (replaces)`, `+ a: "${field.after}"`]);
    const end = "same".repeat(7);
    expect(excerpt(field)).toEqual([`a: ...e${end} old -> ...e${end} new`]);
  });

  test("that comes or goes as a whole is a block, or what fits on a line", () => {
    const field = { path: "a", after: { args: [long("word")], key: "[secret]" } };
    expect(whole(field)).toEqual(["+ a:", "    args:", `      [0]: "${long("word")}"`, "    key: [secret]"]);
    expect(excerpt(field)).toEqual([`+ a: ${`{ args: [${long("word")}`.slice(0, 137)}...`]);
  });

  test("of many lines is shown with all of them, or with the first", () => {
    const field = { path: "a", lines: Array.from({ length: 20 }, (_, i) => `+ ${i}`) };
    expect(whole(field)).toHaveLength(21);
    expect(excerpt(field).slice(-2)).toEqual(["  + 15", "  ... 4 more lines: see --json"]);
  });

  test("never steers the terminal", () => {
    const sly = "\u001b[2J\u202e";
    for (const field of [
      { path: sly, before: sly, after: { [sly]: sly } },
      { path: sly, after: [long(sly)] },
      { path: sly, lines: [`+ ${sly}`] },
    ]) {
      for (const line of [...whole(field), ...excerpt(field)]) expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    }
    expect(valueLines(sly, { a: sly, b: `${sly}\n` }).join("")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });
});

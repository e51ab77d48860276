import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, expect, it } from "vitest";

import { readIfThere, writeIfChanged, writeWhole } from "./wholeFiles";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "baas-files-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it("writes a secret for its owner alone, also where an interrupted write has left something that others can read", () => {
  const path = join(folder, "key");
  writeFileSync(`${path}.new`, "half a", { mode: 0o644 });
  writeWhole(path, "whole", 0o400);
  expect(readFileSync(path, "utf8")).toBe("whole");
  expect(statSync(path).mode & 0o777).toBe(0o400);
  expect(readIfThere(`${path}.new`)).toBeUndefined();
});

it("makes missing folders for their owner alone, and leaves a file that has its content already", () => {
  const path = join(folder, "deep", "er", "file");
  expect(readIfThere(path)).toBeUndefined();
  expect(writeIfChanged(path, "text", 0o644)).toBe(true);
  expect(statSync(join(folder, "deep")).mode & 0o777).toBe(0o700);
  expect(writeIfChanged(path, "text", 0o644)).toBe(false);
});

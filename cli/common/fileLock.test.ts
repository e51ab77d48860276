import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, describe, expect, it } from "vitest";

import { withFileLock } from "./fileLock";

const folder = mkdtempSync(join(tmpdir(), "baas-turn-"));
const file = join(folder, "lock");
afterAll(() => rmSync(folder, { recursive: true }));

describe("a turn", () => {
  it("is over when the work is done, also when it fails", () => {
    expect(withFileLock(file, () => existsSync(file))).toBe(true);
    expect(existsSync(file)).toBe(false);
    const fail = () => {
      throw new Error("no");
    };
    expect(() => withFileLock(file, fail)).toThrow("no");
    expect(existsSync(file)).toBe(false);
  });

  it("of a process that was killed does not count", () => {
    writeFileSync(file, String(spawnSync("true").pid));
    expect(withFileLock(file, () => "done")).toBe("done");
  });
});

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, describe, expect, it } from "vitest";

import { takeFileLock } from "../../local-cluster/fileLock";
import { withFileLock } from "./fileLock";

const folder = mkdtempSync(join(tmpdir(), "baas-turn-"));
const file = join(folder, "lock");
afterAll(() => rmSync(folder, { recursive: true }));

/** Whether somebody has the lock. */
function isTaken(): boolean {
  const lock = takeFileLock(file);
  lock?.release();
  return lock === undefined;
}

describe("a turn", () => {
  it("is over when the work is done, also when it fails", () => {
    expect(withFileLock(file, isTaken)).toBe(true);
    expect(isTaken()).toBe(false);
    const fail = () => {
      throw new Error("no");
    };
    expect(() => withFileLock(file, fail)).toThrow("no");
    expect(isTaken()).toBe(false);
  });

  it("that another command does not end is waited for, and named in the end", () => {
    const lock = takeFileLock(file)!;
    expect(() => withFileLock(file, () => undefined, 20)).toThrow(
      `another command has held ${file} for 0.02 s\n  -> End it, or wait until it is done; then run this again.`,
    );
    lock.release();
  });
});

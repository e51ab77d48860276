import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { describeProcess, isAlive, parseStat, ProcessTable } from "./processes";

describe("a process record", () => {
  let directory: string;
  beforeEach(() => (directory = mkdtempSync(join(tmpdir(), "baas-test-"))));
  afterEach(() => rmSync(directory, { recursive: true }));

  it("holds for the process that was recorded", () => {
    const table = new ProcessTable(directory);
    expect(isAlive(table.write("self", process.pid, "mark"))).toBe(true);
    expect(isAlive(table.read("self"))).toBe(true);
    expect(table.names()).toEqual(["self"]);
  });

  it("does not hold for a later process with the same number, nor after a restart of the machine", () => {
    const record = { ...describeProcess(process.pid)!, recordedAt: 0, fingerprint: "" };
    expect(isAlive({ ...record, startTime: "1" })).toBe(false);
    expect(isAlive({ ...record, bootId: "another" })).toBe(false);
    expect(isAlive({ ...record, pid: 2 ** 22 + 1 })).toBe(false);
  });

  it("counts for nothing when it was cut off by a crash", () => {
    writeFileSync(join(directory, "etcd.json"), '{"pid": 1');
    expect(new ProcessTable(directory).read("etcd")).toBeUndefined();
  });

  it("reads the start time behind any process name", () => {
    const stat = "42 (a b) c)) S 7 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 98765 1 1";
    expect(parseStat(stat)).toEqual({ state: "S", parent: 7, exiting: false, startTime: "98765" });
  });

  it("knows a process that is about to be gone", () => {
    expect(parseStat("42 (init) S 7 1 1 0 -1 4194564 1 2 3 4 5 6 7 8 20 0 1 0 98765").exiting).toBe(true);
  });
});

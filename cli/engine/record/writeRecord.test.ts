import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { Secret, unknownValue } from "../declared/values";
import { programResult, registration } from "../testing/fixture";
import { readRecord } from "./stackRecord";
import { deleteRecord, deleteRecordsOf, markUnfinished, readUnfinished, writeRecord } from "./writeRecord";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "baas-record-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe("the record of a stack", () => {
  test("goes with the cluster that it was applied to, and so does the note of a command that did not end", () => {
    writeRecord(programResult([], dir), "here");
    expect(readRecord(dir, "dev")).toMatchObject({ context: "here", appliedAt: expect.any(String) });
    markUnfinished(dir, "dev", { command: "destroy", context: "here" });
    deleteRecordsOf(dir, "there");
    expect(readRecord(dir, "dev")).toBeDefined();
    deleteRecordsOf(dir, "here");
    expect(readRecord(dir, "dev")).toBeUndefined();
    expect(readUnfinished(dir, "dev")).toBeUndefined();
  });

  test("holds no secret, and only its owner may read it", () => {
    const metadata = { name: "s", namespace: "dev" };
    const one = registration("kubernetes:core/v1:Secret", "s", { metadata, data: new Secret({ k: "swordfish" }) });
    writeRecord({ ...programResult([one], dir), outputs: { token: new Secret("swordfish"), id: unknownValue } });
    const file = join(dir, ".baas", "state", "dev.json");
    expect(readFileSync(file, "utf8")).not.toMatch(/swordfish|c3dvcmRmaXNo/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(JSON.parse(JSON.stringify(readRecord(dir, "dev")?.resources[1]?.inputs))).toEqual({
      metadata,
      data: "[secret]",
    });
    expect(readRecord(dir, "dev")?.outputs.id).toBe(unknownValue);
  });

  test("is gone after a destroy", () => {
    markUnfinished(dir, "dev", { command: "apply", context: "here" });
    expect(readUnfinished(dir, "dev")).toEqual({ command: "apply", context: "here" });
    writeRecord(programResult([], dir));
    expect(readUnfinished(dir, "dev")).toBeUndefined();
    deleteRecord(dir, "dev");
    expect(readRecord(dir, "dev")).toBeUndefined();
    deleteRecord(dir, "dev");
  });

  test("that is damaged says what to do", () => {
    writeRecord(programResult([], dir));
    for (const damage of ["{", '{"version":9}', "null"]) {
      writeFileSync(join(dir, ".baas", "state", "dev.json"), damage);
      expect(() => readRecord(dir, "dev")).toThrow("is the record of the last apply and cannot be read");
    }
  });
});

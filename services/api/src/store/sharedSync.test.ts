import { closeSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, expect, it } from "vitest";

import { SharedSync } from "./sharedSync";

let folder: string;
let file: number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "baas-sync-"));
  file = openSync(join(folder, "file"), "w");
});
afterEach(() => rmSync(folder, { recursive: true }));

it("makes one sync for all who come while another one runs, and begins it after they have come", async () => {
  let syncs = 0;
  const shared = new SharedSync(() => {
    syncs++;
    return file;
  });
  const first = shared.done();
  await Promise.resolve();
  expect(syncs).toBe(1);
  const others = Array.from({ length: 100 }, () => shared.done());
  expect(syncs).toBe(1);
  await Promise.all([first, ...others]);
  expect(syncs).toBe(2);
  await shared.done();
  expect(syncs).toBe(3);
  closeSync(file);
});

it("trusts no sync after one that failed", async () => {
  let descriptor = 1_000_000;
  const shared = new SharedSync(() => descriptor);
  await expect(shared.done()).rejects.toMatchObject({ code: "EBADF" });
  descriptor = file;
  await expect(shared.done()).rejects.toMatchObject({ code: "EBADF" });
  closeSync(file);
});

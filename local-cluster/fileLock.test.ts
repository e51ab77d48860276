import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { takeFileLock, withFileLock } from "./fileLock";
import { lockHolder, runWithLocks } from "./testing/lockHolder";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "baas-lock-"));
  file = join(folder, "new", "lock");
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("a file lock", () => {
  it("belongs to one at a time, in one process as in several", async () => {
    const lock = takeFileLock(file);
    expect(takeFileLock(file)).toBeUndefined();
    await expect(lockHolder(file)).rejects.toThrow("the lock is busy");
    lock?.release();
    const holder = await lockHolder(file);
    expect(takeFileLock(file)).toBeUndefined();
    holder.stdin?.end();
    await once(holder, "exit");
    takeFileLock(file)!.release();
  });

  it("is free again when its holder is killed", async () => {
    const holder = await lockHolder(file);
    holder.kill("SIGKILL");
    await once(holder, "exit");
    takeFileLock(file)!.release();
  });

  it("is waited for as long as the caller says", async () => {
    const end = join(folder, "end");
    // The holder decides itself when to end, as this process blocks its event loop while it waits.
    const holder = runWithLocks(`
      const { existsSync } = await import("node:fs");
      const lock = takeFileLock(${JSON.stringify(file)});
      process.stdout.write("taken");
      const look = setInterval(() => {
        if (!existsSync(${JSON.stringify(end)})) return;
        clearInterval(look);
        lock.release();
      }, 20);`);
    await once(holder.stdout!, "data");
    expect(takeFileLock(file, 50)).toBeUndefined();
    writeFileSync(end, "");
    takeFileLock(file, 10_000)!.release();
    await once(holder, "exit");
  });

  it("is held while a function runs, which begins when the holder ends, and is free after an error", async () => {
    const holder = await lockHolder(file);
    const done: string[] = [];
    const first = withFileLock(file, async () => {
      done.push("first");
      throw new Error("failed");
    });
    done.push("holder ends");
    holder.stdin?.end();
    await expect(first).rejects.toThrow("failed");
    await withFileLock(file, () => Promise.resolve(done.push("second")));
    expect(done).toEqual(["holder ends", "first", "second"]);
  });

  it("lets nobody in beside another one, also where holders are killed", async () => {
    const counter = join(folder, "counter");
    const turns = join(folder, "turns");
    writeFileSync(counter, "0");
    writeFileSync(turns, "");
    // A turn that is cut off has not been counted by either.
    const script = `
      const { appendFileSync, readFileSync, writeFileSync } = await import("node:fs");
      for (let turn = 0; turn < 25; turn++) {
        const lock = takeFileLock(${JSON.stringify(file)}, 60_000);
        const before = Number(readFileSync(${JSON.stringify(counter)}, "utf8"));
        await new Promise((resolve) => setTimeout(resolve, 1));
        if (turn === 20) process.kill(process.pid, "SIGKILL");
        writeFileSync(${JSON.stringify(counter)}, String(before + 1));
        appendFileSync(${JSON.stringify(turns)}, ".");
        lock.release();
      }`;
    await Promise.all(Array.from({ length: 5 }, () => once(runWithLocks(script), "exit")));
    expect(readFileSync(turns, "utf8")).toHaveLength(100);
    expect(readFileSync(counter, "utf8")).toBe("100");
  });
});

import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { describeInstance, type Instance } from "./instance";
import { withLock } from "./instanceLock";
import { progressTo } from "./progress";
import { lockHolder } from "./testing/lockHolder";

const silent = progressTo(() => undefined);

let folder: string;
let instance: Instance;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "baas-instance-"));
  instance = describeInstance("local", folder);
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("work on an instance", () => {
  it("waits for a command that works on the same one, and says for which", async () => {
    const told: string[] = [];
    let end = (): void => undefined;
    const first = withLock(instance, silent, () => new Promise<void>((resolve) => (end = resolve)));
    const second = withLock(
      instance,
      progressTo((line) => {
        told.push(line);
        end();
      }),
      () => Promise.resolve("done"),
    );
    expect(await second).toBe("done");
    await first;
    expect(told).toEqual([`waiting for process ${process.pid}, which works on the same local cluster`]);
  });

  it("goes on when the command that it waits for is killed", async () => {
    const holder = await lockHolder(instance.lockFile);
    const kill = () => holder.kill("SIGKILL");
    expect(await withLock(instance, progressTo(kill), () => Promise.resolve("done"))).toBe("done");
  });

  it("may remove the instance's files while another command waits, which then has a new directory for its own", async () => {
    let end = (): void => undefined;
    const purge = withLock(instance, silent, async () => {
      await new Promise<void>((resolve) => (end = resolve));
      rmSync(instance.stateDir, { recursive: true });
      await new Promise((resolve) => setTimeout(resolve, 1000));
      expect(existsSync(instance.stateDir)).toBe(false);
    });
    const next = withLock(instance, progressTo(end), () => Promise.resolve(existsSync(instance.stateDir)));
    await purge;
    expect(await next).toBe(true);
  });

  it("is over when it fails", async () => {
    const fail = () => Promise.reject(new Error("no"));
    await expect(withLock(instance, silent, fail)).rejects.toThrow("no");
    expect(await withLock(instance, silent, () => Promise.resolve("done"))).toBe("done");
  });
});

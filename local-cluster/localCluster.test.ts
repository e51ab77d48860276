import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, expect, it } from "vitest";

import { hasMade, up as startProcesses } from "./debianCluster";
import { describeInstance, furtherNode, type Instance } from "./instance";
import { prepare, stop } from "./localCluster";
import { progressTo } from "./progress";

let clone: string;
let instance: Instance;
beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), "baas-clone-"));
  instance = { ...describeInstance("local", clone), runtimeDir: join(clone, "run") };
});
afterEach(() => rmSync(clone, { recursive: true }));

const silent = progressTo(() => undefined);

it("a cluster of processes is known by its record, or by its node where the record is lost", () => {
  expect(hasMade(instance)).toBe(false);
  mkdirSync(instance.runtimeDir);
  expect(hasMade(instance)).toBe(true);
  rmSync(instance.runtimeDir, { recursive: true });
  mkdirSync(instance.stateDir, { recursive: true });
  writeFileSync(join(instance.stateDir, "instance.json"), "{}");
  expect(hasMade(instance)).toBe(true);
});

it("what a start that was interrupted early has left is removed by a purge, on any machine", async () => {
  mkdirSync(join(instance.stateDir, "pki"), { recursive: true });
  await stop(instance, silent, false);
  expect(existsSync(join(instance.stateDir, "pki"))).toBe(true);
  await stop(instance, silent, true);
  expect(existsSync(instance.stateDir)).toBe(false);
});

it("nothing is touched where there is no cluster", async () => {
  await stop(instance, silent, true);
  expect(existsSync(join(clone, ".baas"))).toBe(false);
});

it.each([0, 6, 1.5])("no cluster has %d nodes, on whatever machine", async (nodes) => {
  await expect(prepare({ name: "never-made", nodes })).rejects.toThrow(
    /cannot have .* nodes\.\n {2}-> Choose a number from 1 to 5/,
  );
});

it("a cluster of processes does not shrink, and says what it would lose and how to go on", async () => {
  mkdirSync(furtherNode(instance, 3).dataDir, { recursive: true });
  await expect(startProcesses(instance, silent, undefined, 2)).rejects.toThrow(
    `The local cluster "local" has 3 nodes, and cannot shrink to 2: volumes belong to their nodes.`,
  );
});

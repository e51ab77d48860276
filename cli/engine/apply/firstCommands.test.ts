import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, expect, it } from "vitest";

import { writeRecord } from "../record/writeRecord";
import { programResult } from "../testing/fixture";
import { firstCommands } from "./firstCommands";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "baas-first-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

const applied = (stack: string): void => writeRecord({ ...programResult([], dir), stack });
const first = (contexts = ["baas-local"]): string[] =>
  firstCommands(dir, { stack: "dev", references: ["platform-local"], contexts });

it("before a network come this machine's cluster and the platform", () => {
  expect(first()).toEqual(["./baas local up", "./baas apply platform-local"]);
  expect(first(["bank"])).toEqual(["./baas apply platform-local"]);
});

it("nothing comes before a network whose platform is applied, or that is applied itself", () => {
  applied("platform-local");
  expect(first()).toEqual([]);
  rmSync(join(dir, ".baas"), { recursive: true });
  applied("dev");
  expect(first()).toEqual([]);
});

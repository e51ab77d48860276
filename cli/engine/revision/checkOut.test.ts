import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, expect, test } from "vitest";

import { checkOut } from "./checkOut";

let dir: string;
const git = (...args: string[]): string => {
  const who = ["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"];
  return execFileSync("git", [...who, ...args], { cwd: dir, encoding: "utf8", stdio: "pipe" }).trim();
};
const commit = (message: string): string => {
  git("commit", "--quiet", "--allow-empty", "--message", message);
  return git("rev-parse", "HEAD");
};
const name = async (revision: string): Promise<string> => (await checkOut(dir, revision)).name;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "baas-revision-"));
  git("init", "--quiet", "--initial-branch", "main");
  writeFileSync(join(dir, "Pulumi.yaml"), "name: p\n");
  writeFileSync(join(dir, ".gitignore"), ".baas\n");
  git("add", "--all");
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test("a revision is called as it was asked for, a commit by seven digits of it", async () => {
  const start = commit("start");
  const short = start.slice(0, 7);
  expect(await name("main")).toBe(`main (${short})`);
  expect(await name(start)).toBe(short);
  const ahead = commit("go on");
  git("switch", "--quiet", "--create", "topic", start);
  expect(await name("main")).toBe(`main where this branch left it (${short})`);
  expect(await name(ahead)).toBe(`${ahead.slice(0, 7)} where this branch left it (${short})`);
});

test("the first parent of a merge is the base as it was merged with", async () => {
  git("switch", "--quiet", "main");
  const base = git("rev-parse", "HEAD");
  git("switch", "--quiet", "topic");
  commit("change");
  git("switch", "--quiet", "--detach", "main");
  git("merge", "--quiet", "--no-ff", "--message", "Merge", "topic");
  expect(git("rev-parse", "HEAD^1")).toBe(base);
  expect(await name(base)).toBe(base.slice(0, 7));
});

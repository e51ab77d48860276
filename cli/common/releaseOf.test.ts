import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { releaseOf } from "./releaseOf";

let folder: string;

function git(...args: string[]): string {
  const who = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "core.hooksPath=/dev/null"];
  return execFileSync("git", [...who, ...args], { cwd: folder, encoding: "utf8", stdio: "pipe" }).trim();
}

function commit(text: string): void {
  writeFileSync(join(folder, "file"), text);
  git("add", "file");
  git("commit", "-qm", text);
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "release-"));
  git("init", "-q");
  commit("first");
});

afterEach(() => rmSync(folder, { recursive: true }));

describe("the release of a clone", () => {
  it("is the version at its tag", () => {
    git("tag", "v1.2.3");
    expect(releaseOf(folder, "1.2.3")).toBe("1.2.3");
  });

  it("is followed by the commit where there is no tag of the product", () => {
    git("tag", "fabric-v1.2.3");
    expect(releaseOf(folder, "1.2.3")).toBe(`1.2.3 (${git("rev-parse", "--short", "HEAD")})`);
  });

  it("is followed by how far it is from the tag, and by whether files have changed", () => {
    git("tag", "v1.2.3");
    commit("second");
    const described = `v1.2.3-1-g${git("rev-parse", "--short", "HEAD")}`;
    expect(releaseOf(folder, "1.2.3")).toBe(`1.2.3 (${described})`);
    writeFileSync(join(folder, "file"), "changed");
    expect(releaseOf(folder, "1.2.3")).toBe(`1.2.3 (${described}-dirty)`);
  });

  it("says when the tag is not that of the version", () => {
    git("tag", "v1.2.3");
    expect(releaseOf(folder, "1.3.0")).toBe("1.3.0 (v1.2.3)");
  });
});

it("the release of a copy without Git is the version alone, also inside another repository", () => {
  const copy = join(folder, "copy");
  mkdirSync(copy);
  expect(releaseOf(copy, "1.2.3")).toBe("1.2.3");
});

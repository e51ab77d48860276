import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, expect, it } from "vitest";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "baas-release-"));
  mkdirSync(join(root, ".ci"));
  cpSync(join(__dirname, "..", ".ci", "checkRelease.mjs"), join(root, ".ci", "checkRelease.mjs"));
  mkdirSync(join(root, "fabric"));
  write({ version: "1.2.3" }, "## [Unreleased]\n\n## [1.2.3] - 2026-01-31\n");
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(manifest: object, changes: string): void {
  writeFileSync(join(root, "fabric", "package.json"), JSON.stringify({ name: "@baas/fabric", ...manifest }));
  writeFileSync(join(root, "fabric", "CHANGELOG.md"), `# Changes\n\n${changes}`);
}

function check(tag: string): [number | null, string] {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, ".ci", "checkRelease.mjs"), tag], {
    encoding: "utf8",
  });
  return [status, stdout + stderr];
}

it("prints the folder of the library that a tag releases", () => {
  expect(check("fabric-v1.2.3")).toEqual([0, "fabric\n"]);
});

it("refuses another version than the one of package.json", () => {
  expect(check("fabric-v1.2.4")).toEqual([
    1,
    'Tag "fabric-v1.2.4" releases 1.2.4, but fabric/package.json says 1.2.3.\n',
  ]);
});

it("refuses a version that the changelog does not describe", () => {
  write({ version: "1.2.3" }, "## [Unreleased]\n\n## [1.2.30] - 2026-01-31\n");
  expect(check("fabric-v1.2.3")).toEqual([1, 'fabric/CHANGELOG.md has no section "## [1.2.3] - YYYY-MM-DD".\n']);
});

it("refuses what is private", () => {
  write({ version: "1.2.3", private: true }, "## [1.2.3] - 2026-01-31\n");
  expect(check("fabric-v1.2.3")).toEqual([
    1,
    "fabric/package.json: @baas/fabric is private and cannot be published.\n",
  ]);
});

it.each([
  ["v1.2.3", 'Tag "v1.2.3" is not of the form fabric-v1.2.3.\n'],
  ["fabric-v1.2", 'Tag "fabric-v1.2" is not of the form fabric-v1.2.3.\n'],
  ["../fabric-v1.2.3", 'Tag "../fabric-v1.2.3" is not of the form fabric-v1.2.3.\n'],
  ["client-v1.2.3", 'Tag "client-v1.2.3" names the library "client", but there is no folder client/.\n'],
])("refuses the tag %s", (tag, message) => {
  expect(check(tag)).toEqual([1, message]);
});

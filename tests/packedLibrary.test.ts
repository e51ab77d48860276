/** The library as npm users get it: packed, unpacked beside its dependencies, and used by programs of their own. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { afterAll, beforeAll, expect, it } from "vitest";

import { packageChaincode, templatedConnection } from "../fabric/src/chaincodePackage";
import { run, tryRun } from "../local-cluster/run";

const root = join(__dirname, "..");
const manifest = JSON.parse(readFileSync(join(root, "fabric", "package.json"), "utf8"));

let folder: string;
let files: string[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "baas-packed-"));
  // Packed from a copy: packing builds the library, and another test may read the folder meanwhile.
  const source = join(folder, "source", "fabric");
  cpSync(join(root, "fabric"), source, { recursive: true });
  cpSync(join(root, "tsconfig.json"), join(folder, "source", "tsconfig.json"));
  symlinkSync(join(root, "node_modules"), join(folder, "source", "node_modules"));
  await run("npm", ["pack", "--offline", "--pack-destination", folder], { cwd: source });
  const archive = join(folder, `baas-fabric-${manifest.version}.tgz`);
  const listed = (await run("tar", ["-tzf", archive])).trimEnd().split("\n");
  files = listed.map((file) => file.replace(/^package\//, ""));
  const installed = join(folder, "node_modules", manifest.name);
  mkdirSync(installed, { recursive: true });
  await run("tar", ["-xzf", archive, "-C", installed, "--strip-components=1"]);
  for (const dependency of [...Object.keys(manifest.dependencies), "@types/node"]) {
    const link = join(folder, "node_modules", dependency);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(root, "node_modules", dependency), link);
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("contains the program, its types and what a user reads, and no tests", () => {
  for (const file of ["dist/index.js", "dist/index.d.ts", "README.md", "LICENSE", "CHANGELOG.md", "package.json"]) {
    expect(files).toContain(file);
  }
  const beside = files.filter((file) => !/^dist\/.*\.(js|js\.map|d\.ts)$/.test(file));
  expect(beside.sort()).toEqual(["CHANGELOG.md", "LICENSE", "README.md", "package.json"]);
  expect(files.filter((file) => /\.test\.|testing|testdata/.test(file))).toEqual([]);
  const licences = [join(root, "LICENSE"), join(folder, "node_modules", manifest.name, "LICENSE")];
  expect(readFileSync(licences[1]!, "utf8")).toBe(readFileSync(licences[0]!, "utf8"));
});

const use = `
const { id } = packageChaincode("asset_1", templatedConnection("asset:7052"));
try {
  checkChannelId("Trades");
} catch (error) {
  console.log(id, isFabricError(error) && error.code, typeof Peer);
}
`;
const names = "checkChannelId, isFabricError, packageChaincode, Peer, templatedConnection";
const { id } = packageChaincode("asset_1", templatedConnection("asset:7052"));

it.each([
  ["CommonJS", "user.cjs", `const { ${names} } = require("@baas/fabric");`],
  ["ECMAScript", "user.mjs", `import { ${names} } from "@baas/fabric";`],
])("does in a %s module what it does here", async (_, file, load) => {
  writeFileSync(join(folder, file), load + use);
  const stdout = await run(process.execPath, [file], { cwd: folder });
  expect(stdout).toBe(`${id} INVALID_ARGUMENT function\n`);
});

it("has types for a TypeScript program", async () => {
  writeFileSync(
    join(folder, "user.mts"),
    `import { type ChaincodePackage, packageChaincode, type Signer, templatedConnection } from "@baas/fabric";
     export const packed: ChaincodePackage = packageChaincode("a", templatedConnection("a:1"));
     export const mspId = (signer: Signer): string => signer.mspId;
     // @ts-expect-error: a label is a string
     packageChaincode(1, templatedConnection("a:1"));`,
  );
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const options = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2022", "--types", "node"];
  const { code, stdout } = await tryRun(process.execPath, [tsc, ...options, "user.mts"], { cwd: folder });
  expect([code, stdout]).toEqual([0, ""]);
});

/** The libraries as npm users get them: packed, unpacked beside their dependencies, and used by programs of their own. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { packageChaincode, templatedConnection } from "../fabric/src/chaincodePackage";
import { run, tryRun } from "../local-cluster/run";
import { InstalledLibrary } from "./installedLibrary";

const root = join(__dirname, "..");

const names = ["fabric", "client"] as const;
let libraries: Record<string, InstalledLibrary> = {};
beforeAll(async () => {
  libraries = Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await InstalledLibrary.pack(name)] as const)),
  );
});
afterAll(() => Object.values(libraries).forEach((library) => library.remove()));

describe.each(names)("the package of %s/", (name) => {
  let library: InstalledLibrary;
  beforeAll(() => {
    library = libraries[name]!;
  });

  it("contains the program, its types and what a user reads, and no tests", () => {
    const { files } = library;
    for (const file of ["dist/index.js", "dist/index.d.ts", "README.md", "LICENSE", "CHANGELOG.md", "package.json"]) {
      expect(files).toContain(file);
    }
    const beside = files.filter((file) => !/^dist\/.*\.(js|js\.map|d\.ts)$/.test(file));
    expect(beside.sort()).toEqual(["CHANGELOG.md", "LICENSE", "README.md", "package.json"]);
    expect(files.filter((file) => /\.test\.|testing|testdata/.test(file))).toEqual([]);
    const licences = [join(root, "LICENSE"), join(library.installed, "LICENSE")];
    expect(readFileSync(licences[1]!, "utf8")).toBe(readFileSync(licences[0]!, "utf8"));
  });

  it.each([
    ["CommonJS", "user.cjs", ({ names, from }: Use) => `const { ${names} } = require("${from}");`],
    ["ECMAScript", "user.mjs", ({ names, from }: Use) => `import { ${names} } from "${from}";`],
  ])("does in a %s module what it does here", async (_, file, load) => {
    const { code, prints } = uses[name]!;
    writeFileSync(join(library.folder, file), load(uses[name]!) + code);
    expect(await run(process.execPath, [file], { cwd: library.folder })).toBe(prints);
  });
});

// Together, as the compiler reads what both depend on once.
it("both packages have types for TypeScript programs", async () => {
  const programs = names.map((name) => {
    const program = join(libraries[name]!.folder, "user.mts");
    writeFileSync(program, uses[name]!.typed);
    return program;
  });
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const options = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2023", "--types", "node"];
  const { code, stdout } = await tryRun(process.execPath, [tsc, ...options, ...programs], {
    cwd: libraries[names[0]]!.folder,
  });
  expect([code, stdout]).toEqual([0, ""]);
});

/** How a program uses a library. */
interface Use {
  from: string;
  names: string;
  code: string;
  prints: string;
  typed: string;
}

const { id } = packageChaincode("asset_1", templatedConnection("asset:7052"));

const uses: Record<string, Use> = {
  fabric: {
    from: "@baas/fabric",
    names: "checkChannelId, isFabricError, packageChaincode, Peer, templatedConnection",
    code: `
      const { id } = packageChaincode("asset_1", templatedConnection("asset:7052"));
      try {
        checkChannelId("Trades");
      } catch (error) {
        console.log(id, isFabricError(error) && error.code, typeof Peer);
      }`,
    prints: `${id} INVALID_ARGUMENT function\n`,
    typed: `
      import { type ChaincodePackage, packageChaincode, type Signer, templatedConnection } from "@baas/fabric";
      export const packed: ChaincodePackage = packageChaincode("a", templatedConnection("a:1"));
      export const mspId = (signer: Signer): string => signer.mspId;
      // @ts-expect-error: a label is a string
      packageChaincode(1, templatedConnection("a:1"));`,
  },
  client: {
    from: "@baas/client",
    names: "BlockchainClient, connect, isClientError",
    code: `
      connect("nowhere.yaml").catch((error) => {
        console.log(isClientError(error) && error.code, typeof BlockchainClient);
      });`,
    prints: "INVALID_CONFIGURATION function\n",
    typed: `
      import { type BlockchainClient, type Committed, connect, type ConfigurationInput } from "@baas/client";
      const settings: ConfigurationInput = { mspId: "A", channel: "c", peers: ["a:1"], tlsRoots: "tls.pem", maxInFlight: 5 };
      const client: BlockchainClient = await connect(settings);
      const committed: Committed = await client.submit("Put", ["a", new Uint8Array()], { timeouts: { total: 5 } });
      export const block: bigint = committed.blockNumber;
      // @ts-expect-error: an argument is a text or bytes
      await client.evaluate("Read", [1]);`,
  },
};

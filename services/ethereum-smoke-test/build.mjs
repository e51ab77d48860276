// Bundles the program and the compiled contract into one file: the image then has no node_modules.
import { mkdirSync, writeFileSync } from "node:fs";

import { build } from "esbuild";

import { compiledContract } from "./compile.mjs";

mkdirSync("dist", { recursive: true });
writeFileSync("dist/contract.json", JSON.stringify(compiledContract()));
await build({
  entryPoints: ["src/main.ts"],
  outfile: "dist/main.mjs",
  bundle: true,
  platform: "node",
  target: "node24",
  format: "esm",
  // What is shared between services, and with the rest of the project, takes its dependencies from here.
  nodePaths: ["node_modules"],
  banner: {
    js: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);',
  },
  legalComments: "linked",
  logLevel: "warning",
});

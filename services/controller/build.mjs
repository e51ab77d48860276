// Bundles the program into one file: the image then has no node_modules.
import { build } from "esbuild";

import { fabricCommon } from "../common/fabricCommon.mjs";

await build({
  entryPoints: ["src/main.ts"],
  outfile: "dist/main.mjs",
  bundle: true,
  platform: "node",
  target: "node24",
  format: "esm",
  // The libraries are compiled with the program, from its sources.
  alias: {
    "@baas/ethereum": "../../ethereum/src/index.ts",
    "@baas/fabric": "../../fabric/src/index.ts",
    // Kafka's client reads WebAssembly from a file beside it; this one has it inside.
    "@platformatic/wasm-utils": "@platformatic/wasm-utils/bundled",
  },
  // It, and what is shared between services and with the rest of the project, takes its dependencies from here.
  nodePaths: ["node_modules"],
  banner: {
    js: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url); const __dirname = import.meta.dirname;',
  },
  plugins: [fabricCommon],
  legalComments: "linked",
  logLevel: "warning",
});

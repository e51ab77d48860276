// Bundles the program into a few files: the image then has no node_modules, and what is imported later is not parsed before.
import { rmSync } from "node:fs";

import { build } from "esbuild";

import { fabricCommon } from "../common/fabricCommon.mjs";

rmSync("dist", { recursive: true, force: true });
await build({
  entryPoints: ["src/main.ts"],
  outdir: "dist",
  outExtension: { ".js": ".mjs" },
  bundle: true,
  splitting: true,
  platform: "node",
  target: "node24",
  format: "esm",
  // What is shared between services, and with the rest of the project, takes its dependencies from here.
  nodePaths: ["node_modules"],
  banner: {
    js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url); const __dirname = import.meta.dirname;',
  },
  plugins: [fabricCommon],
  legalComments: "linked",
  logLevel: "warning",
});

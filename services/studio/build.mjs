// Bundles the session's host and the session program into one file each, and the extension of the editor into a folder: the image then has no node_modules.
import { cpSync, mkdirSync } from "node:fs";

import { build } from "esbuild";

const common = { bundle: true, logLevel: "warning" };
await build({
  ...common,
  entryPoints: { main: "src/main.ts", session: "src/session/main.ts" },
  outdir: "dist",
  outExtension: { ".js": ".mjs" },
  platform: "node",
  target: "node24",
  format: "esm",
  // What is shared between services takes its dependencies from here.
  nodePaths: ["node_modules"],
  banner: {
    js: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url); const __dirname = import.meta.dirname; const __filename = import.meta.filename;',
  },
  legalComments: "linked",
});
mkdirSync("dist/extension", { recursive: true });
await build({
  ...common,
  entryPoints: ["extension/src/extension.ts"],
  outfile: "dist/extension/extension.cjs",
  platform: "node",
  target: "node22",
  format: "cjs",
  external: ["vscode"],
});
await build({
  ...common,
  entryPoints: ["extension/src/webview/callPage.ts"],
  outfile: "dist/extension/callPage.js",
  platform: "browser",
  target: "es2022",
  format: "iife",
});
cpSync("extension/package.json", "dist/extension/package.json");
cpSync("extension/media", "dist/extension/media", { recursive: true });

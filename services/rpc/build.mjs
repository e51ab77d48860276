// Bundles the program into one file: the image then has no node_modules.
import { build } from "esbuild";

await build({
  entryPoints: ["src/main.ts"],
  outfile: "dist/main.mjs",
  bundle: true,
  platform: "node",
  target: "node24",
  format: "esm",
  // What is shared between services, and with the rest of the project, takes its dependencies from here.
  nodePaths: ["node_modules"],
  // Native code that ws uses where it is there.
  external: ["bufferutil", "utf-8-validate"],
  banner: {
    js: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);',
  },
  legalComments: "linked",
  logLevel: "warning",
});

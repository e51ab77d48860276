// Bundles the program into one file: the image then has no node_modules.
import { build } from "esbuild";

await build({
  entryPoints: ["src/main.ts"],
  outfile: "dist/main.mjs",
  bundle: true,
  platform: "node",
  target: "node24",
  format: "esm",
  // The library is compiled with the program, from its sources.
  alias: { "@baas/client": "../../client/src/index.ts" },
  // It takes its dependencies from here.
  nodePaths: ["node_modules"],
  // For hardware security modules.
  external: ["pkcs11js"],
  banner: {
    js: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url); const __dirname = import.meta.dirname; const __filename = import.meta.filename;',
  },
  legalComments: "none",
  logLevel: "warning",
});

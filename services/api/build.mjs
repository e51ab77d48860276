// Bundles the program into one file: the image then has no node_modules.
import { cpSync } from "node:fs";

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
  // It, and what is shared between services and with the rest of the project, takes its dependencies from here.
  nodePaths: ["node_modules"],
  // For hardware security modules, and for PostgreSQL by native code.
  external: ["pkcs11js", "pg-native"],
  banner: {
    js: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url); const __dirname = import.meta.dirname; const __filename = import.meta.filename;',
  },
  legalComments: "linked",
  logLevel: "warning",
});
cpSync("src/http/page", "dist/page", { recursive: true });

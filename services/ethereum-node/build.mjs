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
  alias: { "@baas/ethereum": "../../ethereum/src/index.ts" },
  // It, and what is shared between services and with the rest of the project, takes its dependencies from here.
  nodePaths: ["node_modules"],
  legalComments: "linked",
  logLevel: "warning",
});

// Bundles the program into one file: the image then has no node_modules.
import { build } from "esbuild";

import { fabricCommon } from "./fabricCommon.mjs";

await build({
  entryPoints: ["src/main.ts"],
  outfile: "dist/main.cjs",
  bundle: true,
  platform: "node",
  target: "node20",
  format: "cjs",
  plugins: [fabricCommon],
  legalComments: "linked",
  logLevel: "warning",
  metafile: true,
});

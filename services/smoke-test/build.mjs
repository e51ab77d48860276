// Bundles the program into one file: the image then has no node_modules.
import { build } from "esbuild";

await build({
  entryPoints: ["src/main.ts"],
  outfile: "dist/main.cjs",
  bundle: true,
  platform: "node",
  target: "node20",
  format: "cjs",
  // For hardware security modules, which fabric-gateway loads when it is asked to sign with one.
  external: ["pkcs11js"],
  legalComments: "linked",
  logLevel: "warning",
});

// Bundles the program into one file: the image then has no node_modules.
import { build } from "esbuild";

await build({
  entryPoints: ["src/main.ts"],
  outfile: "dist/main.cjs",
  bundle: true,
  platform: "node",
  target: "node24",
  format: "cjs",
  // What is shared between services, and with the rest of the project, takes its dependencies from here.
  nodePaths: ["node_modules"],
  // For hardware security modules, which fabric-gateway loads when it is asked to sign with one.
  external: ["pkcs11js"],
  legalComments: "linked",
  logLevel: "warning",
});

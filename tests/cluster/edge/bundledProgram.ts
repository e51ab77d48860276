/** Bundles programs of this folder, each as one text with its imports, so that tests can run them elsewhere. */
import { join } from "node:path";

import { build } from "esbuild";

/** Bundles a program of this folder, by its file name. */
export async function bundledProgram(
  file: "editorDoubleProgram.ts" | "nodeDoubleProgram.ts" | "probeProgram.ts",
): Promise<string> {
  const options = { bundle: true, minify: true, platform: "node", target: "node24", write: false } as const;
  const { outputFiles } = await build({ entryPoints: [join(__dirname, file)], ...options });
  return outputFiles[0]!.text;
}

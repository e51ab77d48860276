/** Programs of these tests that run in pods, each in one file. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { build } from "esbuild";

/** A program of this folder with all that it needs, as text. */
export async function bundled(file: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "baas-kafka-program-"));
  try {
    const outfile = join(folder, "program.js");
    await build({
      entryPoints: [join(__dirname, file)],
      ...{ bundle: true, minify: true, platform: "node", format: "cjs", outfile, logLevel: "error" },
      // The library reads WebAssembly from a file beside it; this one has it inside.
      alias: { "@platformatic/wasm-utils": "@platformatic/wasm-utils/bundled" },
      define: { "import.meta.url": "thisFile" },
      banner: { js: 'const thisFile = require("node:url").pathToFileURL(__filename).href;' },
    });
    return readFileSync(outfile, "utf8");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

// One build by esbuild, in a process of its own: reads an order of build.cjs from standard input, prints the files of the build.
"use strict";
const { readFileSync } = require("node:fs");
const { isBuiltin } = require("node:module");
const path = require("node:path");

const { build } = require("esbuild");

const { devDependencies } = require("../../package.json");

/** Replaces `__dirname` by the folder of the source, as the built file combines files of many folders. */
const ownFolder = {
  name: "own-folder",
  setup({ onLoad }) {
    onLoad({ filter: /\.[cm]?[jt]s$/ }, ({ path: file }) => {
      const source = readFileSync(file, "utf8");
      if (!source.includes("__dirname") || /\b(const|let|var) __dirname\b/.test(source)) return undefined;
      const folder = `const __dirname = ${JSON.stringify(path.dirname(file))};`;
      return {
        contents: source.replace(/^(#!.*\n|"use strict";)?/, `$1${folder}`),
        loader: file.endsWith("ts") ? "ts" : "js",
      };
    });
  },
};

/** Packages that the program does without, each with what a use of it is told. */
const without = (absent) => ({
  name: "without",
  setup({ onResolve, onLoad }) {
    const names = Object.keys(absent).join("|");
    onResolve({ filter: new RegExp(`^(${names})$`) }, ({ path: name }) => ({ path: name, namespace: "absent" }));
    onLoad({ filter: /.*/, namespace: "absent" }, ({ path: name }) => ({
      contents: `module.exports = new Proxy({}, { get() { throw new Error(${JSON.stringify(absent[name])}); } });`,
    }));
  },
});

const stdinName = "entry of this build.js";

async function main() {
  const {
    folder,
    entry,
    code,
    resolveDir = folder,
    bundlesPackages,
    absent,
    outfile,
  } = JSON.parse(readFileSync(0, "utf8"));
  const { metafile } = await build({
    absWorkingDir: folder,
    ...(code === undefined
      ? { entryPoints: [entry] }
      : { stdin: { contents: code, resolveDir, sourcefile: stdinName } }),
    outfile,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node24",
    ...(bundlesPackages
      ? { minifyWhitespace: true, external: ["esbuild", ...Object.keys(devDependencies)] }
      : { packages: "external" }),
    sourcemap: "external",
    sourcesContent: false,
    metafile: true,
    logLevel: "silent",
    plugins: [ownFolder, ...(absent === undefined ? [] : [without(absent)])],
  });
  const inputs = Object.keys(metafile.inputs)
    .filter((input) => !input.endsWith(stdinName) && !input.startsWith("absent:"))
    .map((input) => path.resolve(folder, input));
  const [{ imports }] = Object.values(metafile.outputs).filter(({ entryPoint }) => entryPoint !== undefined);
  const packages = imports
    .filter(({ external, path: name }) => external && !isBuiltin(name))
    .map(({ path: name }) => name);
  process.stdout.write(JSON.stringify({ inputs, packages: [...new Set(packages)].sort() }));
}

/** Most mistakes in the sources that are listed. */
const mostMistakes = 10;

/** What is wrong in the sources: a line for each mistake, with its place. */
function mistakesText(errors) {
  const lines = errors.slice(0, mostMistakes).map(({ text, location }) => {
    const place = location === null ? "" : `${location.file}:${location.line}:${location.column + 1}: `;
    return `  ${place}${text}`;
  });
  const more = errors.length - lines.length;
  const rest = more > 0 ? [`  and ${more} more`] : [];
  return ["the sources of this project cannot be built; correct them:", ...lines, ...rest].join("\n");
}

main().catch((error) => {
  const isInSources = Array.isArray(error.errors);
  console.error(isInSources ? mistakesText(error.errors) : error.message);
  process.exit(isInSources ? 2 : 1);
});

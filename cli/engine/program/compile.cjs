// Compiles TypeScript as ts-node does under the CLI (types are not checked), and keeps the result: ts-node has no such
// store, and loading the compiler alone takes longer than a program of two hundred resources runs.
"use strict";
const { createHash } = require("node:crypto");
const { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } = require("node:fs");
const path = require("node:path");

/**
 * Lets `require` load .ts files.
 *
 * @param folder - where the tsconfig.json is that applies
 * @param store - folder for the compiled files
 * @returns for a file name, the code that was compiled from it
 */
exports.register = ({ folder, store }) => {
  const { version } = require("typescript/package.json");
  const salt = createHash("sha256")
    .update(`${version}\0${process.versions.node}\0${settingsText(folder)}`)
    .digest();
  const compiled = new Map();
  require.extensions[".ts"] = (module, filename) => {
    const source = readFileSync(filename, "utf8");
    const name = path.relative(folder, filename);
    const owner = createHash("sha256").update(name).digest("hex").slice(0, 16);
    const kept = path.join(store, `${owner}-${createHash("sha256").update(salt).update(source).digest("hex")}.js`);
    let code;
    if (existsSync(kept)) {
      code = readFileSync(kept, "utf8");
    } else {
      code = transpile(filename, source, folder);
      keep(store, owner, kept, code);
    }
    compiled.set(filename, code);
    module._compile(code, filename);
  };
  return (filename) => compiled.get(filename);
};

/** The text of the tsconfig.json files that may apply: when one changes, everything is compiled anew. */
function settingsText(folder) {
  return [folder, path.dirname(folder), path.dirname(path.dirname(folder))]
    .map((each) => path.join(each, "tsconfig.json"))
    .map((file) => (existsSync(file) ? readFileSync(file, "utf8") : ""))
    .join("\0");
}

let options;
function transpile(fileName, source, folder) {
  const ts = require("typescript");
  options ??= compilerOptions(ts, folder);
  const { outputText, diagnostics } = ts.transpileModule(source, {
    fileName,
    reportDiagnostics: true,
    compilerOptions: options,
  });
  if (diagnostics.length > 0) {
    const host = { getCanonicalFileName: (name) => name, getCurrentDirectory: () => folder, getNewLine: () => "\n" };
    // The runner shows an error of this name without a stack trace.
    throw Object.assign(new Error(ts.formatDiagnostics(diagnostics, host).trimEnd()), { name: "TSError" });
  }
  return outputText;
}

function compilerOptions(ts, folder) {
  const file = path.join(folder, "tsconfig.json");
  const { config } = existsSync(file) ? ts.readConfigFile(file, ts.sys.readFile) : { config: {} };
  // Which files belong to the project does not matter here, and looking for them takes long.
  const { options } = ts.parseJsonConfigFileContent({ ...config, files: [], include: [] }, ts.sys, folder);
  return { ...options, module: ts.ModuleKind.CommonJS, inlineSourceMap: true, sourceMap: false, noEmit: false };
}

/** Keeps what was compiled from a file, instead of what was compiled from it before. */
function keep(store, owner, file, code) {
  // Another process may compile the same file at the same time: each writes a file of its own, and the last one stays.
  const draft = `${file}.${process.pid}`;
  try {
    mkdirSync(store, { recursive: true });
    writeFileSync(draft, code);
    renameSync(draft, file);
    for (const name of readdirSync(store)) {
      const isFormer = name.startsWith(`${owner}-`) && name.endsWith(".js") && path.join(store, name) !== file;
      if (isFormer) rmSync(path.join(store, name), { force: true });
    }
  } catch {
    // A folder that cannot be written to costs time, not the run.
    rmSync(draft, { force: true });
  }
}

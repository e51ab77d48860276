// Bundles TypeScript into one file for Node, and rebuilds it when any of its sources has changed, so that a build is never
// outdated after an edit or a pull.
"use strict";
const { spawnSync } = require("node:child_process");
const { createHash } = require("node:crypto");
const {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} = require("node:fs");
const path = require("node:path");

/** Exit code of bundle.cjs when the sources cannot be built. */
const wrongSources = 2;

const project = path.join(__dirname, "..", "..");

/** The programs: the command; the entry points of the Pulumi CLI, with the packages of the CLI's own runner; the benchmarks. */
const programs = {
  baas: {
    entry: "cli/main.ts",
    bundlesPackages: true,
    absent: { pkcs11js: "baas uses no hardware security modules: call with the client library instead." },
  },
  program: { entry: "infra/index.ts", bundlesPackages: false },
  policies: { entry: "policies/index.ts", bundlesPackages: false },
  bench: { entry: "bench/main.ts", bundlesPackages: false },
};

/**
 * Loads a program of this project.
 *
 * @param name - a key of {@link programs}
 * @returns what it exports
 */
exports.load = (name) => {
  return require(exports.built({ folder: project, name, ...programs[name] }).file);
};

/**
 * Returns the current build of a program. Builds it first if there is none.
 *
 * @param order - see build.d.cts
 * @returns `file`: path of the build; `packages`: the packages that it requires from node_modules
 * @throws Error named SyntaxError with the places in the sources when they cannot be built
 */
exports.built = (order) => {
  const store = path.join(order.folder, ".baas", "build");
  const tools = ["build.cjs", "bundle.cjs"].map((name) => fileStamp(path.join(__dirname, name)));
  const key = digest(JSON.stringify([order, process.versions.node, tools]));
  const manifest = path.join(store, `${order.name}.json`);
  return currentBuild(manifest, key) ?? build(order, store, manifest, key);
};

/** The build that a manifest describes, if neither it nor anything that decided about it has changed since. */
function currentBuild(manifest, key) {
  try {
    const known = JSON.parse(readFileSync(manifest, "utf8"));
    const isCurrent =
      known.key === key &&
      Object.entries(known.files).every(([file, stamp]) => fileStamp(file) === stamp) &&
      Object.entries(known.folders).every(([folder, stamp]) => folderStamp(folder) === stamp);
    return isCurrent ? { file: known.file, packages: known.packages } : undefined;
  } catch {
    return undefined; // There is no build, or its manifest is damaged.
  }
}

function build(order, store, manifest, key) {
  const began = Date.now();
  mkdirSync(store, { recursive: true });
  const draft = path.join(store, `.${order.name}-${process.pid}-${began}.cjs`);
  try {
    const { inputs, packages } = bundle({ ...order, outfile: draft });
    const { files, folders } = watched(inputs, order.folder);
    const stamps = Object.fromEntries(files.map((file) => [file, stampBefore(began, file)]));
    const names = Object.fromEntries(folders.map((folder) => [folder, folderStamp(folder)]));
    const code = readFileSync(draft, "utf8");
    const file = path.join(store, `${order.name}-${digest(code).slice(0, 16)}.cjs`);
    renameSync(`${draft}.map`, `${file}.map`);
    writeFileSync(draft, `${code}//# sourceMappingURL=${path.basename(file)}.map\n`);
    renameSync(draft, file);
    stamps[file] = fileStamp(file);
    writeFileSync(draft, JSON.stringify({ key, file, packages, files: stamps, folders: names }));
    renameSync(draft, manifest);
    forgetOthers(store, order.name, file);
    return { file, packages };
  } finally {
    for (const left of [draft, `${draft}.map`]) rmSync(left, { force: true });
  }
}

/** Bundles in a separate process: esbuild's plugins are asynchronous, and `require` is synchronous. */
function bundle(order) {
  // The environment's options for Node could make the process print more than its answer.
  const env = { ...process.env, NODE_OPTIONS: "" };
  const options = { input: JSON.stringify(order), encoding: "utf8", maxBuffer: 1 << 28, env };
  const { error, status, stdout, stderr } = spawnSync(process.execPath, [path.join(__dirname, "bundle.cjs")], options);
  if (status === 0) return JSON.parse(stdout);
  const failure = new Error(error?.message ?? stderr.trim());
  // Pulumi's runner shows only the message of an error with this name.
  if (status === wrongSources) failure.name = "SyntaxError";
  throw failure;
}

/**
 * What decides about a build: its inputs, the settings in their folders and above, and the names in their folders, as a new file
 * can take the place of another. npm changes all its packages at once, and then writes a file.
 */
function watched(inputs, top) {
  const files = new Set();
  const folders = new Set();
  for (const input of inputs) {
    const [, modules] = /^(.*?[\\/]node_modules)[\\/]/.exec(input) ?? [];
    const installed = modules === undefined ? undefined : path.join(modules, ".package-lock.json");
    files.add(installed !== undefined && existsSync(installed) ? installed : input);
    if (modules !== undefined) continue;
    folders.add(path.dirname(input));
    for (let folder = path.dirname(input); folder.startsWith(top); folder = path.dirname(folder)) {
      for (const settings of ["package.json", "tsconfig.json"]) files.add(path.join(folder, settings));
    }
  }
  return { files: [...files], folders: [...folders] };
}

function digest(text) {
  return createHash("sha256").update(text).digest("hex");
}

function fileStamp(file) {
  const { mtimeMs, ctimeMs, size } = statSync(file, { throwIfNoEntry: false }) ?? {};
  return size === undefined ? "none" : `${mtimeMs}-${ctimeMs}-${size}`;
}

function folderStamp(folder) {
  return digest(readdirSync(folder).sort().join("\0"));
}

/** If a file was saved during the build, an older version may have been read. Its stamp must then match nothing. */
function stampBefore(began, file) {
  const { mtimeMs, ctimeMs } = statSync(file, { throwIfNoEntry: false }) ?? { mtimeMs: 0, ctimeMs: 0 };
  return Math.max(mtimeMs, ctimeMs) < began ? fileStamp(file) : "changed during the build";
}

const hour = 3_600_000;

/** Removes earlier builds, except recent ones, which another process may be about to load. */
function forgetOthers(store, name, file) {
  const mine = new RegExp(`^${name}-[0-9a-f]{16}\\.cjs(\\.map)?$`);
  for (const other of readdirSync(store).filter((each) => mine.test(each) && !each.startsWith(path.basename(file)))) {
    const { mtimeMs } = statSync(path.join(store, other), { throwIfNoEntry: false }) ?? { mtimeMs: Date.now() };
    if (mtimeMs < Date.now() - hour) rmSync(path.join(store, other), { force: true });
  }
}

// Bundles TypeScript into one file for Node, and rebuilds it when any of its sources has changed, so that a build is never
// outdated after an edit or a pull.
"use strict";
const { execFileSync } = require("node:child_process");
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

const project = path.join(__dirname, "..", "..");

/** The programs: the command, and the entry points of the Pulumi CLI, which use the same packages as the CLI's own runner. */
const programs = {
  baas: { entry: "cli/main.ts", bundlesPackages: true },
  program: { entry: "infra/index.ts", bundlesPackages: false },
  policies: { entry: "policies/index.ts", bundlesPackages: false },
};

/**
 * Loads a program of this project.
 *
 * @param name - a key of {@link programs}
 * @returns what it exports
 */
exports.load = (name) => {
  const { entry, bundlesPackages } = programs[name];
  return require(exports.built({ folder: project, name, entry, bundlesPackages }));
};

/**
 * Returns the current build of a program, and builds it first if necessary.
 *
 * @param order - `folder`: where `.baas/build` is; `name` of the build in there; `entry`: path from `folder`, or `code`: what to
 * build instead of a file; `bundlesPackages`: whether packages become part of the file or are required from node_modules;
 * `absent`: packages that the program does without, each with what a use of it is told
 * @returns path of the file
 * @throws Error with positions in the sources, named SyntaxError, when the build fails
 */
exports.built = (order) => {
  const store = path.join(order.folder, ".baas", "build");
  const key = createHash("sha256")
    .update(
      JSON.stringify([
        order,
        process.versions.node,
        ...["build.cjs", "bundle.cjs"].map((name) => stampOf(path.join(__dirname, name))),
      ]),
    )
    .digest("hex");
  const manifest = path.join(store, `${order.name}.json`);
  return currentFile(manifest, key) ?? build(order, store, manifest, key);
};

/** The built file that a manifest names, if no source has changed since. */
function currentFile(manifest, key) {
  let known;
  try {
    known = JSON.parse(readFileSync(manifest, "utf8"));
  } catch {
    return undefined; // Never built, or the file is damaged.
  }
  const isCurrent =
    known.key === key &&
    existsSync(known.file) &&
    Object.entries(known.inputs).every(([file, stamp]) => stampOf(file) === stamp);
  return isCurrent ? known.file : undefined;
}

function build(order, store, manifest, key) {
  const began = Date.now();
  mkdirSync(store, { recursive: true });
  const draft = path.join(store, `.${order.name}-${process.pid}-${began}.cjs`);
  try {
    const { inputs } = bundle({ ...order, outfile: draft });
    const hash = createHash("sha256").update(readFileSync(draft)).digest("hex").slice(0, 16);
    const file = path.join(store, `${order.name}-${hash}.cjs`);
    renameSync(`${draft}.map`, `${file}.map`);
    writeFileSync(draft, `${readFileSync(draft, "utf8")}//# sourceMappingURL=${path.basename(file)}.map\n`);
    renameSync(draft, file);
    const stamps = Object.fromEntries(watched(inputs).map((input) => [input, stampBefore(began, input)]));
    writeFileSync(draft, JSON.stringify({ key, file, inputs: stamps }));
    renameSync(draft, manifest);
    forgetOthers(store, order.name, file);
    return file;
  } finally {
    for (const left of [draft, `${draft}.map`]) rmSync(left, { force: true });
  }
}

/** Bundles in a process of its own: esbuild's plugins are asynchronous, and `require` is synchronous. */
function bundle(order) {
  try {
    const options = { input: JSON.stringify(order), encoding: "utf8", maxBuffer: 1 << 28, stdio: "pipe" };
    return JSON.parse(execFileSync(process.execPath, [path.join(__dirname, "bundle.cjs")], options));
  } catch (error) {
    const { status, stderr } = error;
    if (status === null || status === undefined) throw error;
    // Pulumi's runner shows only the message of errors with this name.
    throw Object.assign(new Error(stderr.trim()), { name: "SyntaxError" });
  }
}

/** Files whose change makes a build outdated. For installed packages, one file that npm writes at each installation is enough. */
function watched(inputs) {
  const files = inputs.map((input) => {
    const [, modules] = /^(.*?[\\/]node_modules)[\\/]/.exec(input) ?? [];
    const installed = modules === undefined ? undefined : path.join(modules, ".package-lock.json");
    return installed !== undefined && existsSync(installed) ? installed : input;
  });
  return [...new Set(files)];
}

function stampOf(file) {
  try {
    const { mtimeMs, ctimeMs, size } = statSync(file);
    return `${mtimeMs}-${ctimeMs}-${size}`;
  } catch {
    return "none";
  }
}

/** The stamp of a file. A file that changed during the build may have been read before; its stamp then never matches. */
function stampBefore(began, file) {
  const { mtimeMs, ctimeMs } = statSync(file);
  return Math.max(mtimeMs, ctimeMs) < began ? stampOf(file) : "changed during the build";
}

const hour = 3_600_000;

/** Removes earlier builds, except those that another process may be about to load. */
function forgetOthers(store, name, file) {
  const mine = new RegExp(`^${name}-[0-9a-f]{16}\\.cjs(\\.map)?$`);
  for (const other of readdirSync(store).filter((each) => mine.test(each) && !each.startsWith(path.basename(file)))) {
    const { mtimeMs } = statSync(path.join(store, other), { throwIfNoEntry: false }) ?? { mtimeMs: Date.now() };
    if (mtimeMs < Date.now() - hour) rmSync(path.join(store, other), { force: true });
  }
}

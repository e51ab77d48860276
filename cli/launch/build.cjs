// Builds TypeScript into one file that Node runs as it is, and builds it again as soon as anything that went into it has
// changed: an edit or a pull never meets yesterday's build.
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

/** What is built: the command; what the Pulumi CLI starts, with the packages that its own runner loads; the benchmarks. */
const programs = {
  baas: { entry: "cli/main.ts", bundlesPackages: true },
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
  const { entry, bundlesPackages } = programs[name];
  return require(exports.built({ folder: project, name, entry, bundlesPackages }));
};

/**
 * Finds the current build of a program, building it first where there is none.
 *
 * @param order - `folder`: where `.baas/build` is; `name` of the build in there; `entry`: path from `folder`, or `code`: what to
 * build instead of a file; `bundlesPackages`: whether packages become part of the file or are required from node_modules;
 * `absent`: packages that the program does without, each with what a use of it is told
 * @returns path of the file
 * @throws Error with the places in the sources, called SyntaxError, when they cannot be built
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

/** The file that a manifest names, if nothing has changed since. */
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

/** Bundles in a process of its own: esbuild's plugins want to be waited for, and `require` cannot wait. */
function bundle(order) {
  try {
    const options = { input: JSON.stringify(order), encoding: "utf8", maxBuffer: 1 << 28, stdio: "pipe" };
    return JSON.parse(execFileSync(process.execPath, [path.join(__dirname, "bundle.cjs")], options));
  } catch (error) {
    const { status, stderr } = error;
    if (status === null || status === undefined) throw error;
    // A name for which Pulumi's runner shows the message alone.
    throw Object.assign(new Error(stderr.trim()), { name: "SyntaxError" });
  }
}

/** Files whose change makes a build old. What npm has installed changes as a whole, and then npm writes a file of its own. */
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

/** A file that was saved while it was built may have been read before: its stamp then never fits. */
function stampBefore(began, file) {
  const { mtimeMs, ctimeMs } = statSync(file);
  return Math.max(mtimeMs, ctimeMs) < began ? stampOf(file) : "changed during the build";
}

const hour = 3_600_000;

/** Removes earlier builds, but for those that another process may be about to load. */
function forgetOthers(store, name, file) {
  const mine = new RegExp(`^${name}-[0-9a-f]{16}\\.cjs(\\.map)?$`);
  for (const other of readdirSync(store).filter((each) => mine.test(each) && !each.startsWith(path.basename(file)))) {
    const { mtimeMs } = statSync(path.join(store, other), { throwIfNoEntry: false }) ?? { mtimeMs: Date.now() };
    if (mtimeMs < Date.now() - hour) rmSync(path.join(store, other), { force: true });
  }
}

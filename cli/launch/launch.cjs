// Starts cli/main.ts for `./baas`, with a current Node, the dependencies and a current build. Plain CommonJS without
// dependencies, for Node 20.19 and newer.
"use strict";
const { existsSync, realpathSync } = require("node:fs");
const { enableCompileCache } = require("node:module");
const path = require("node:path");

const { installDependencies } = require("./dependencies.cjs");
const { runUnderCurrentNode } = require("./node.cjs");
const root = path.join(__dirname, "..", "..");
const launcher = path.join("cli", "launch", "launch.cjs");

/** Runs the command with the arguments of this process. A project that has this command itself is served by its own. */
exports.launch = () => {
  const own = ownProject();
  if (realpathSync(own) !== realpathSync(root)) return require(path.join(own, launcher)).launch();
  const printsJson = process.argv.includes("--json");
  return start(() => {
    process.env.BAAS_COMMAND ??= nameOfCommand();
    require("./build.cjs").load("baas");
  }, printsJson);
};

/** Runs a benchmark, which the arguments of this process name. */
exports.launchBenchmarks = () => start(() => require("./build.cjs").load("bench"));

/**
 * Runs a program of a package that this project depends on, such as `vitest`.
 *
 * @param bin - its name, followed by its arguments
 */
exports.launchTool = ([bin, ...args]) =>
  start(() => {
    const file = path.join(root, "node_modules", ".bin", bin);
    process.argv = [process.argv[0], file, ...args];
    return import(require("node:url").pathToFileURL(realpathSync(file)));
  });

/** Runs a program; with `printsJson`, an error is on standard output too, as the command itself would report it. */
async function start(run, printsJson = false) {
  let isReady = false;
  try {
    if (runUnderCurrentNode()) return;
    await installDependencies(root);
    enableCompileCache(path.join(root, ".baas", "cache", "node"));
    isReady = true;
    await run();
  } catch (error) {
    // What went wrong in the sources or in the system is said by the message; of any other error, the trace says where.
    const isExplained = error.name === "SyntaxError" || error.syscall !== undefined;
    const message = isExplained || !isReady ? error.message : error.stack;
    console.error(message);
    if (printsJson) console.log(JSON.stringify({ error: { message } }, undefined, 2));
    process.exitCode = 1;
  }
}

/** Folder of the project that the command works on, if it has a launcher, too; otherwise of this one. */
function ownProject() {
  for (let folder = process.cwd(); folder !== path.dirname(folder); folder = path.dirname(folder)) {
    if (existsSync(path.join(folder, "Pulumi.yaml"))) return existsSync(path.join(folder, launcher)) ? folder : root;
  }
  return root;
}

/** The command line that calls this command again: `baas` if it is on the PATH, otherwise its relative path. */
function nameOfCommand() {
  const called = process.argv[1];
  if (
    (process.env.PATH ?? "").split(path.delimiter).includes(path.dirname(called)) &&
    called !== path.join(root, "baas")
  ) {
    return "baas";
  }
  const way = path.relative(process.cwd(), path.join(root, "baas"));
  return way.startsWith("..") ? way : `./${way}`;
}

// Starts cli/main.ts for `./baas`, with a current Node, the dependencies and a current build. Plain CommonJS without
// dependencies, for Node 20.19 and newer.
"use strict";
const { enableCompileCache } = require("node:module");
const path = require("node:path");

const { runUnderCurrentNode } = require("./node.cjs");
const root = path.join(__dirname, "..", "..");

/** Runs the command with the arguments of this process. */
exports.launch = () =>
  start(() => {
    process.env.BAAS_COMMAND ??= nameOfCommand();
    require("./build.cjs").load("baas");
  });

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
    return import(require("node:url").pathToFileURL(require("node:fs").realpathSync(file)));
  });

function start(run) {
  if (runUnderCurrentNode(root)) return;
  require("./dependencies.cjs").installDependencies(root);
  enableCompileCache(path.join(root, ".baas", "cache", "node"));
  run();
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

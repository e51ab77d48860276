// The way from `./baas` to cli/main.ts: a current Node, the dependencies, a current build. Plain CommonJS without
// dependencies, which any Node from 20.19 on understands.
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

/** What the user can type to call this command again: `baas` where PATH leads to it, otherwise the way from here. */
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

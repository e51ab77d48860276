// Installs the npm dependencies when they are missing or older than the lock file, so that every command works from a
// fresh clone or after a pull.
"use strict";
const { spawn } = require("node:child_process");
const { once } = require("node:events");
const { existsSync, lstatSync, realpathSync, statSync, symlinkSync } = require("node:fs");
const { constants } = require("node:os");
const path = require("node:path");

/** Milliseconds that a command waits for another one that installs. */
const patience = 30 * 60_000;

/**
 * Runs `npm ci` if necessary.
 *
 * @param root - folder of the project
 * @throws Error with the remedy when that fails
 */
exports.installDependencies = async (root) => {
  if (!isStale(root)) return;
  // Node runs TypeScript without a build if it is as simple as this file.
  const { takeFileLock } = require("../../local-cluster/fileLock.ts");
  const file = path.join(root, ".baas", "install.lock");
  let lock = takeFileLock(file);
  if (lock === undefined) {
    console.error("Waiting for another command that installs the dependencies ...");
    lock = takeFileLock(file, patience);
  }
  if (lock === undefined) throw new Error(`Another command has held ${file} for half an hour. End it, then try again.`);
  try {
    if (isStale(root)) await install(root);
  } finally {
    lock.release();
  }
};

function isStale(root) {
  // npm writes this file last, so an interrupted installation is repeated.
  const installed = path.join(root, "node_modules", ".package-lock.json");
  const lock = path.join(root, "package-lock.json");
  return !existsSync(installed) || statSync(installed).mtimeMs < statSync(lock).mtimeMs;
}

async function install(root) {
  const modules = path.join(root, "node_modules");
  if (lstatSync(modules, { throwIfNoEntry: false })?.isSymbolicLink()) {
    throw new Error(
      `${modules} is a link to ${realpathSync(modules)}, and npm ci would delete what is there. Remove the link, then try again.`,
    );
  }
  console.error("Installing dependencies (npm ci) ...");
  const started = Date.now();
  const { code, printed } = await npmCi(root);
  if (code !== 0) {
    throw new Error(
      `${printed}\nnpm ci failed. Check the network and the registry that \`npm config get registry\` names, then try again.`,
    );
  }
  // npm creates links for the commands of dependencies, but not for this package's own.
  const link = path.join(root, "node_modules", ".bin", "baas");
  if (!existsSync(link)) symlinkSync(path.join("..", "..", "baas"), link);
  console.error(`Dependencies installed in ${Math.round((Date.now() - started) / 1000)} s.`);
}

/** Runs npm, which ends with this process. Its output matters only if it fails: users want to see that of their command. */
async function npmCi(root) {
  // Tests and checks need the development packages, whatever NODE_ENV says.
  const args = ["ci", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error"];
  const signals = ["SIGHUP", "SIGINT", "SIGTERM"];
  let npm;
  const stop = (signal) => {
    npm?.kill();
    process.exit(128 + constants.signals[signal]);
  };
  // Before npm starts: a signal in between would leave it behind.
  for (const signal of signals) process.on(signal, stop);
  npm = spawn("npm", args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  let printed = "";
  for (const stream of [npm.stdout, npm.stderr]) stream.setEncoding("utf8").on("data", (text) => (printed += text));
  try {
    const [code] = await once(npm, "close");
    return { code, printed };
  } finally {
    for (const signal of signals) process.off(signal, stop);
  }
}

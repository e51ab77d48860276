// Installs the npm dependencies when they are missing or older than the lock file, so that every command works from a
// fresh clone or after a pull.
"use strict";
const { spawnSync } = require("node:child_process");
const { existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } = require("node:fs");
const path = require("node:path");

/**
 * Runs `npm ci` if necessary.
 *
 * @param root - folder of the project
 */
exports.installDependencies = (root) => {
  if (!isStale(root)) return;
  const turn = path.join(root, ".baas", "install.pid");
  if (!takeTurn(turn)) {
    console.error("Waiting for another command that installs the dependencies ...");
    while (!takeTurn(turn)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
  }
  if (isStale(root)) install(root);
};

function isStale(root) {
  // npm writes this file last, so an interrupted installation is repeated.
  const installed = path.join(root, "node_modules", ".package-lock.json");
  const lock = path.join(root, "package-lock.json");
  return !existsSync(installed) || statSync(installed).mtimeMs < statSync(lock).mtimeMs;
}

function install(root) {
  console.error("Installing dependencies (npm ci) ...");
  const started = Date.now();
  // Prints npm's output only if it fails: users want to see the output of their command.
  const npm = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: root, encoding: "utf8" });
  if (npm.status !== 0) {
    console.error(`${npm.stdout ?? ""}${npm.stderr ?? npm.error}`);
    console.error(
      "npm ci failed. Check the network and the registry that `npm config get registry` names, then try again.",
    );
    process.exit(1);
  }
  // npm creates links for the commands of dependencies, but not for this package's own.
  const link = path.join(root, "node_modules", ".bin", "baas");
  if (!existsSync(link)) symlinkSync(path.join("..", "..", "baas"), link);
  console.error(`Dependencies installed in ${Math.round((Date.now() - started) / 1000)} s.`);
}

/** Whether this process may install, as no other one does. Its lock ends with the process. */
function takeTurn(turn) {
  mkdirSync(path.dirname(turn), { recursive: true });
  try {
    writeFileSync(turn, String(process.pid), { flag: "wx" });
    process.on("exit", () => rmSync(turn, { force: true }));
    return true;
  } catch {
    try {
      process.kill(Number(readFileSync(turn, "utf8")), 0);
    } catch (error) {
      // The other process was killed, or has just ended.
      if (error.code === "ESRCH" || error.code === "ENOENT") rmSync(turn, { force: true });
    }
    return false;
  }
}

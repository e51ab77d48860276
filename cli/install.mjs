// Installs the npm dependencies when they are missing or older than the lock file, so that `npm start` and
// `npm test` work from a fresh clone. Runs before anything is installed: plain Node, no dependencies.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(
    `baas needs Node 20.19 or newer; this is ${process.versions.node}. Install it from https://nodejs.org.`,
  );
  process.exit(1);
}
const lock = join(root, "package-lock.json");
// npm writes this file last, so an interrupted installation is repeated.
const installed = join(root, "node_modules", ".package-lock.json");
const isStale = () => !existsSync(installed) || statSync(installed).mtimeMs < statSync(lock).mtimeMs;
if (isStale() && !takeTurn()) {
  console.error("Another command installs the dependencies: waiting for it ...");
  while (!takeTurn()) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
}
if (isStale()) {
  console.error("Installing dependencies (npm ci) ...");
  const started = Date.now();
  // Quiet unless it fails: the first screen belongs to what the user asked for.
  const npm = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: root, encoding: "utf8" });
  if (npm.status !== 0) {
    console.error(npm.stdout + npm.stderr);
    console.error(
      "npm ci failed. Check the network and the registry that `npm config get registry` names, then try again.",
    );
    process.exit(1);
  }
  console.error(`Dependencies installed in ${Math.round((Date.now() - started) / 1000)} s.`);
}

/** Whether this process may install: no other one does. The turn ends with the process. */
function takeTurn() {
  const turn = join(root, ".baas", "install.pid");
  mkdirSync(dirname(turn), { recursive: true });
  try {
    writeFileSync(turn, String(process.pid), { flag: "wx" });
    process.on("exit", () => rmSync(turn, { force: true }));
    return true;
  } catch {
    try {
      process.kill(Number(readFileSync(turn, "utf8")), 0);
    } catch (error) {
      // Its process was killed, or it has just ended.
      if (error.code === "ESRCH" || error.code === "ENOENT") rmSync(turn, { force: true });
    }
    return false;
  }
}

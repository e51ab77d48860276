// Ensures that Node is new enough: if the system's is too old, installs Node as an npm package and runs under it.
"use strict";
const { spawn, spawnSync } = require("node:child_process");
const { copyFileSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } = require("node:fs");
const { homedir } = require("node:os");
const path = require("node:path");

const wanted = 24;
const packages = require("./node/package.json").optionalDependencies;

/**
 * Restarts this process's command under a newer Node if the present one is too old.
 *
 * @returns whether it did; this process then ends with the exit code of the other one
 * @throws Error with the remedy when there is no such Node
 */
exports.runUnderCurrentNode = () => {
  stopWithLauncher();
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major >= wanted) return false;
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new Error(
      `baas needs Node 20.19 or newer; this is ${process.versions.node}. Install it from https://nodejs.org.`,
    );
  }
  const node = broughtNode() ?? bringNode();
  const env = { ...process.env, PATH: `${path.dirname(node)}${path.delimiter}${process.env.PATH ?? ""}` };
  const args = [...process.execArgv, ...process.argv.slice(1)];
  // The IPC channel tells the other process when this one has been killed.
  const child = spawn(node, args, { cwd: process.cwd(), stdio: ["inherit", "inherit", "inherit", "ipc"], env });
  child.on("error", (error) => {
    console.error(`${node} cannot be started: ${error.message}. Remove the folder ${store()}.`);
    process.exit(1);
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    // A terminal gives Ctrl-C to both processes.
    process.on(signal, () => (signal === "SIGINT" && process.stdin.isTTY ? undefined : child.kill(signal)));
  }
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
  return true;
};

/** Ends this process when the one that started it under this Node has been killed. */
function stopWithLauncher() {
  if (process.channel === undefined || process.channel === null) return;
  process.channel.unref();
  process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
}

/** Folder of the installed Node, shared by all clones of a user. */
function store() {
  return path.join(cacheFolder(), "baas", "node", packages[packageName()] ?? "none");
}

function cacheFolder() {
  if (process.env.XDG_CACHE_HOME) return process.env.XDG_CACHE_HOME;
  const home = process.env.HOME === "" ? "" : homedir();
  if (home !== "") return path.join(home, ".cache");
  throw new Error(
    `baas runs on Node ${wanted} or newer, and HOME is empty: there is no folder to keep a Node in. ` +
      `Set HOME or XDG_CACHE_HOME, or install Node ${wanted}.`,
  );
}

function packageName() {
  const prefix = process.platform === "darwin" && process.arch === "arm64" ? "node-bin" : "node";
  return `${prefix}-${process.platform}-${process.arch}`;
}

function executable(folder) {
  return path.join(folder, "node_modules", packageName(), "bin", "node");
}

/** The installed Node, unless it is missing or damaged. */
function broughtNode() {
  const node = executable(store());
  return works(node) ? node : undefined;
}

function works(node) {
  return existsSync(node) && spawnSync(node, ["--version"]).status === 0;
}

function bringNode() {
  const name = packageName();
  const version = packages[name];
  const older = `baas runs on Node ${wanted} or newer; this is ${process.versions.node}.`;
  if (version === undefined) throw new Error(`${older} Install Node ${wanted} from https://nodejs.org.`);
  console.error(`${older} Installing Node ${version} (npm package ${name}) ...`);
  const folder = store();
  const draft = makeDraft(path.dirname(folder));
  try {
    for (const file of ["package.json", "package-lock.json"]) {
      copyFileSync(path.join(__dirname, "node", file), path.join(draft, file));
    }
    const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
    const npm = spawnSync("npm", args, { cwd: draft, encoding: "utf8" });
    if (npm.status !== 0 || !works(executable(draft))) {
      throw new Error(
        `${npm.stdout ?? ""}${npm.stderr ?? npm.error}\nNode ${version} could not be installed. ` +
          `Check npm's registry (npm config get registry), or install Node ${wanted}.`,
      );
    }
    keep(draft, folder);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return executable(folder);
}

/** Makes a new folder for an installation. */
function makeDraft(parent) {
  try {
    mkdirSync(parent, { recursive: true });
    return mkdtempSync(path.join(parent, ".draft-"));
  } catch (error) {
    throw new Error(
      `Node ${wanted} cannot be kept in ${parent}: ${error.message}. ` +
        `Make that folder writable, or set XDG_CACHE_HOME to one that is, or install Node ${wanted}.`,
    );
  }
}

/** Moves the folder to its place, even if another process does the same, or a damaged one is there. */
function keep(draft, folder) {
  try {
    return renameSync(draft, folder);
  } catch {
    if (broughtNode() !== undefined) return;
  }
  const damaged = `${draft}-damaged`;
  renameSync(folder, damaged);
  renameSync(draft, folder);
  rmSync(damaged, { recursive: true, force: true });
}

/** How the launcher brings a newer Node: the present one says that it is old, and npm and the newer one are scripts here. */
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

import { afterEach, beforeEach, describe, expect, test } from "vitest";

const launcher = join(__dirname, "../../cli/launch");
const packages = JSON.parse(readFileSync(join(launcher, "node/package.json"), "utf8")).optionalDependencies;

let root: string;
let cache: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "baas-node-"));
  cache = join(root, "cache");
  mkdirSync(join(root, "bin"));
  const node = `#!/bin/sh\\ncase "$1" in --version) ;; *) echo newer ;; esac\\n`;
  const installs = Object.keys(packages).map(
    (name) =>
      `mkdir -p node_modules/${name}/bin; printf '${node}' > node_modules/${name}/bin/node; chmod +x node_modules/${name}/bin/node`,
  );
  const npm = ["#!/bin/sh", `echo "$@" >> ${root}/npm.log`, ...installs].join("\n");
  writeFileSync(join(root, "bin", "npm"), npm, { mode: 0o755 });
});
afterEach(() => rmSync(root, { recursive: true }));

/** Starts a command under an old Node. */
function run(env: Record<string, string | undefined> = { XDG_CACHE_HOME: cache }) {
  const script = `
    Object.defineProperty(process, "versions", { value: { ...process.versions, node: "22.1.0" } });
    try {
      require(${JSON.stringify(join(launcher, "node.cjs"))}).runUnderCurrentNode();
    } catch (error) {
      console.error(error.message);
      process.exitCode = 1;
    }`;
  const path = [join(root, "bin"), process.env.PATH].join(delimiter);
  return spawnSync(process.execPath, ["-e", script], { encoding: "utf8", env: { ...process.env, ...env, PATH: path } });
}

const installations = () => readFileSync(join(root, "npm.log"), "utf8").trim().split("\n").length;

/** The executables of the Node that was brought. */
function brought(): string[] {
  const store = join(cache, "baas", "node");
  return readdirSync(store, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith("bin/node"))
    .map((file) => join(store, file));
}

describe("a newer Node", () => {
  test("is brought once", () => {
    for (let n = 0; n < 2; n++) expect(run()).toMatchObject({ status: 0, stdout: "newer\n" });
    expect(installations()).toBe(1);
  });

  test.each(["#!/bin/sh\nexit 139\n", "\x7fELF", ""])("is brought again when it is damaged: %j", (content) => {
    run();
    for (const file of brought()) writeFileSync(file, content);
    if (content === "") for (const file of brought()) chmodSync(file, 0o644);
    for (let n = 0; n < 2; n++) expect(run()).toMatchObject({ status: 0, stdout: "newer\n" });
    expect(installations()).toBe(2);
    expect(readdirSync(join(cache, "baas", "node"))).toHaveLength(1);
  });

  test("is brought again when only a part of it is left", () => {
    run();
    for (const file of brought()) rmSync(file);
    expect(run()).toMatchObject({ status: 0, stdout: "newer\n" });
    expect(installations()).toBe(2);
  });

  test("needs a cache that can be written: else the place and the remedy are named", () => {
    writeFileSync(cache, "not a folder");
    const { status, stderr } = run();
    expect(stderr).toContain(`Node 24 cannot be kept in ${join(cache, "baas", "node")}: `);
    expect(stderr).toContain("set XDG_CACHE_HOME to one that is, or install Node 24.");
    expect(status).toBe(1);
  });

  test("needs a home, or another folder for caches", () => {
    const before = existsSync(".cache");
    const { status, stderr } = run({ HOME: "", XDG_CACHE_HOME: "" });
    expect(stderr).toContain("HOME is empty");
    expect(stderr).toContain("Set HOME or XDG_CACHE_HOME");
    expect(status).toBe(1);
    expect(existsSync(".cache")).toBe(before);
  });
});

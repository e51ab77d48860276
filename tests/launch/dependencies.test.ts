/** How the launcher installs the dependencies: npm is a script here that records what it was asked for. */
import { spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

import { afterEach, beforeEach, describe, expect, test } from "vitest";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "baas-install-"));
  writeFileSync(join(root, "package-lock.json"), "{}");
  mkdirSync(join(root, "bin"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const npmLog = () => (existsSync(join(root, "npm.log")) ? readFileSync(join(root, "npm.log"), "utf8") : "");

/** Puts an `npm` in PATH. */
function npm(work: string): void {
  const script = `#!/bin/sh\necho "$@" >> ${root}/npm.log\n${work}\n`;
  writeFileSync(join(root, "bin", "npm"), script, { mode: 0o755 });
}

const installs = "mkdir -p node_modules/.bin; sleep 0.3; echo {} > node_modules/.package-lock.json";

function start(more: Record<string, string> = {}) {
  const dependencies = JSON.stringify(join(__dirname, "../../cli/launch/dependencies.cjs"));
  const script = `require(${dependencies}).installDependencies(${JSON.stringify(root)}).catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  })`;
  const env = { ...process.env, ...more, PATH: `${join(root, "bin")}${delimiter}${process.env.PATH}` };
  const child = spawn(process.execPath, ["-e", script], { env });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (printed += text));
  const ended = new Promise<{ code: unknown; printed: string }>((resolve) =>
    child.on("close", (code, signal) => resolve({ code: signal ?? code, printed })),
  );
  return { child, ended };
}

/** A busy machine takes its time. */
const patient = { timeout: 20_000 };

/** Whether a process runs: one that has ended stays as a zombie where nobody waits for orphans. */
const runs = (pid: number): boolean =>
  existsSync(`/proc/${pid}/stat`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));

describe("the dependencies", () => {
  test("are installed once, and again when the lock file is newer", async () => {
    npm(installs);
    expect((await start().ended).printed).toContain("Dependencies installed");
    expect(await start().ended).toEqual({ code: 0, printed: "" });
    const later = new Date(Date.now() + 5000);
    utimesSync(join(root, "package-lock.json"), later, later);
    await start().ended;
    expect(npmLog().trim().split("\n")).toHaveLength(2);
  });

  test("are installed by one of several commands, while the others wait", async () => {
    npm(installs);
    const ends = await Promise.all(Array.from({ length: 4 }, () => start().ended));
    expect(ends.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    expect(npmLog().trim().split("\n")).toHaveLength(1);
  });

  test("are those for development, too, whatever NODE_ENV says", async () => {
    npm(installs);
    await start({ NODE_ENV: "production" }).ended;
    expect(npmLog()).toContain("--include=dev");
  });

  test("are not installed through a link, where npm would delete what others use", async () => {
    npm(installs);
    const others = join(root, "others");
    mkdirSync(others);
    writeFileSync(join(others, "kept"), "");
    rmSync(join(root, "node_modules"), { recursive: true, force: true });
    symlinkSync(others, join(root, "node_modules"));
    const { code, printed } = await start().ended;
    expect(printed).toContain("node_modules is a link to");
    expect(code).toBe(1);
    expect(existsSync(join(others, "kept"))).toBe(true);
    expect(npmLog()).toBe("");
  });

  test("that npm cannot install are an error with npm's own words", async () => {
    npm("echo no such registry >&2; exit 7");
    const { code, printed } = await start().ended;
    expect(printed).toMatch(/no such registry[\s\S]*npm ci failed\. Check the network/);
    expect(code).toBe(1);
  });

  test.each(["SIGTERM", "SIGKILL"] as const)("are installed anew after %s in the middle", async (signal) => {
    npm(`echo $$ > ${root}/npm.pid; exec sleep 20`);
    const { child, ended } = start();
    await expect
      .poll(() => existsSync(join(root, "npm.pid")) && readFileSync(join(root, "npm.pid"), "utf8"), patient)
      .toMatch(/\d/);
    child.kill(signal);
    expect((await ended).code).toBe(signal === "SIGTERM" ? 143 : "SIGKILL");
    const pid = Number(readFileSync(join(root, "npm.pid"), "utf8"));
    if (signal === "SIGKILL") process.kill(pid);
    await expect.poll(() => runs(pid), patient).toBe(false);
    npm(installs);
    expect((await start().ended).code).toBe(0);
  });
});

/** The command line from a user's view: help, mistakes, completion, and an older Node. */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";

import type { Command } from "commander";
import { describe, expect, test } from "vitest";

import { commandLine } from "../../cli/commands";
import { releaseOf } from "../../cli/common/releaseOf";
import { maximumNodes } from "../../local-cluster/instance";
import { version } from "../../package.json";

const root = join(__dirname, "../..");
const baas = (...args: string[]) =>
  spawnSync(process.execPath, ["baas", ...args], {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
  });

/** Every command with the commands that it belongs to: `["local", "up"]`. */
function commands(of: Command, way: string[] = []): string[][] {
  return of.commands.flatMap((each) => [[...way, each.name()], ...commands(each, [...way, each.name()])]);
}
const all = commands(commandLine("0.0.0"));
const release = releaseOf(root, version);

describe("help", () => {
  test("lists every command in a line of its own", () => {
    const { status, stdout, stderr } = baas("--help");
    for (const [name] of all.filter((way) => way.length === 1 && way[0] !== "complete")) {
      expect(stdout).toMatch(new RegExp(`^  ${name}( [^\\n]*)?  +\\S.*$`, "m"));
    }
    expect(stdout).toContain("Exit codes:");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  test.each(all.map((way) => [way.join(" "), way]))(
    "of %s goes to standard output, ends with 0, and nothing is written",
    (_name, way) => {
      const before = readdirSync(root).join();
      const { status, stdout, stderr } = baas(...(way as string[]), "--help");
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
      expect(stdout).toMatch(/^Usage: baas /);
      expect(readdirSync(root).join()).toBe(before);
    },
  );

  test.each(["local up", "start"])("of %s says how many nodes there may be", (way) => {
    expect(baas(...way.split(" "), "--help").stdout).toContain(`1 to ${maximumNodes};`);
  });

  test("--version prints the release", () => {
    expect(baas("--version")).toMatchObject({ status: 0, stdout: `${release}\n`, stderr: "" });
  });
});

describe("a mistake ends with 1, on standard error, with what was probably meant:", () => {
  test.each([
    [["prevew", "dev"], "unknown command 'prevew'\n(Did you mean preview?)"],
    [["preview", "dev", "--jsn"], "unknown option '--jsn'\n(Did you mean --json?)"],
    [["local", "upp"], "unknown command 'upp'\n(Did you mean up?)"],
    [["local", "up", "--nodes", "two"], "argument 'two' is invalid. It is not a whole number."],
    [["start", "--context", "mine", "--nodes", "3"], "--nodes is for the Kubernetes that this project starts"],
    [["preview"], "no stack given: name one, or use --all"],
    [["preview", "dev", "--all"], 'give either --all or the stack "dev"'],
    [["preview", "dve"], 'there is no stack "dve"'],
    [["apply"], "missing required argument 'stack'"],
    [["render", "dev"], "required option '--out <folder>' not specified"],
    [["destroy", "dev", "extra"], "too many arguments for 'destroy'"],
    [["graph", "dev", "--format", "png"], 'there is no format "png"; there are: svg, mermaid'],
    [["diff", "dev", "--live", "--base", "main"], "give either --base or --live"],
  ])("%j", (args, message) => {
    const { status, stdout, stderr } = baas(...args);
    expect(`${stdout}${stderr}`).toContain(message);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  });

  test("a command line without a command prints the help", () => {
    const { status, stdout, stderr } = baas();
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(/^Usage: baas /);
  });
});

test("bench/run without a benchmark lists them", () => {
  const { status, stderr } = spawnSync(process.execPath, ["bench/run"], { cwd: root, encoding: "utf8" });
  expect(stderr).toMatch(/^usage: bench\/run \w+/);
  expect(status).toBe(1);
});

describe("completion", () => {
  const completed = (...words: string[]): string[] =>
    baas("complete", "--", ...words)
      .stdout.split("\n")
      .flatMap((line) => line.split("\t")[0] || []);

  test("knows commands, options, stacks and environments", () => {
    expect(completed("pre")).toContain("preview");
    expect(completed("preview", "--js")).toContain("--json");
    expect(completed("preview", "")).toEqual(expect.arrayContaining(["dev", "platform-local", "trade"]));
    expect(completed("deploy", "")).toContain("local");
  });

  test.each(["bash", "zsh", "fish", "powershell"])("prints a script for %s", (shell) => {
    const { status, stdout } = baas("completion", shell);
    expect(stdout).toMatch(/\bbaas complete\b/);
    expect(status).toBe(0);
  });
});

describe("under an older Node", () => {
  const old = (process.env.PATH ?? "")
    .split(delimiter)
    .map((folder) => join(folder, "node"))
    .find((file) => existsSync(file) && /^v2[0-3]\./.test(spawnSync(file, ["--version"], { encoding: "utf8" }).stdout));
  const run = (...args: string[]) => spawnSync(old!, args, { cwd: root, encoding: "utf8" });

  test("a command runs under a newer one, and ends as that does", (context) => {
    if (old === undefined) return context.skip("there is no Node 20.19 to 23 in PATH");
    expect(run("baas", "--version")).toMatchObject({ status: 0, stdout: `${release}\n` });
    expect(run("baas", "prevew")).toMatchObject({ status: 1, stdout: "" });
    const ofTool = run("cli/launch/tool.cjs", "vitest", "--version");
    expect(ofTool.stdout).toMatch(/node-v2[4-9]/);
  });

  test.for(["SIGTERM", "SIGHUP", "SIGINT", "SIGKILL"] as const)("%s ends both", async (signal, context) => {
    if (old === undefined) return context.skip("there is no Node 20.19 to 23 in PATH");
    const child = spawn(old, ["cli/launch/tool.cjs", "vitest", "list", "--project", "unit"], {
      cwd: root,
      stdio: "ignore",
    });
    const children = () => spawnSync("pgrep", ["-P", String(child.pid)], { encoding: "utf8" }).stdout.trim();
    while (children() === "") await new Promise((resolve) => setTimeout(resolve, 20));
    const newer = Number(children());
    const ended = new Promise((resolve) => child.on("close", (code, by) => resolve(by ?? code)));
    await new Promise((resolve) => setTimeout(resolve, 500));
    child.kill(signal);
    expect(await ended).not.toBe(0);
    const isAlive = () => existsSync(`/proc/${newer}`);
    for (let i = 0; i < 100 && isAlive(); i++) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(isAlive()).toBe(false);
  });
});

/** Builds are never outdated, after an edit, a pull or another checkout. */
import { spawn, spawnSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";

import { version } from "../../package.json";
import { ProjectCopy } from "../projectCopy";

const component = "components/gateway/gateway.ts";
let project: ProjectCopy;
beforeAll(() => {
  project = new ProjectCopy();
});
afterEach(() => project.restore(component));
afterAll(() => project.remove());

const node = (...args: string[]) => spawnSync(process.execPath, args, { cwd: project.dir, encoding: "utf8" });
const preview = () => node("baas", "preview", "dev");
const type = "baas:index:Gateway";

describe("an edited component", () => {
  test("is what the next preview runs, and taken back, it is as before", () => {
    const before = preview();
    expect(before).toMatchObject({ status: 0, stderr: "" });
    expect(before.stdout).toContain(type);
    project.edit(component, `"${type}"`, '"baas:index:Edited"');
    const edited = preview();
    expect(edited.stdout).toContain("baas:index:Edited");
    expect(edited.stdout).not.toContain(type);
    project.restore(component);
    expect(preview().stdout).toBe(before.stdout);
  });

  test("is noticed even if its size and the time of its last change are as before", () => {
    preview();
    const { mtime } = statSync(join(project.dir, component));
    project.edit(component, `"${type}"`, '"baas:index:Getaway"');
    utimesSync(join(project.dir, component), mtime, mtime);
    expect(preview().stdout).toContain("baas:index:Getaway");
  });

  test("is what the Pulumi CLI runs next", () => {
    // As the CLI's runner does, with the SDK's mocks in place of the engine.
    const runner = `
      const pulumi = require("@pulumi/pulumi");
      const types = new Set();
      const outputs = { namespace: "baas-platform" };
      const newResource = ({ type, inputs }) => (types.add(type), { id: "", state: { ...inputs, outputs } });
      pulumi.runtime.setMocks({ newResource, call: () => ({}) }, "baas", "dev", true, "organization");
      pulumi.runtime.setAllConfig({ "baas:network": JSON.stringify({
        environment: "local", domain: "dev.example.com", organizations: [{ name: "org1" }], gateway: { port: 30443 },
      }) });
      Promise.resolve(require("./infra/main.cjs")()).then(async () => {
        await pulumi.runtime.disconnect();
        console.log([...types].join("\\n"));
      });`;
    expect(node("-e", runner).stdout).toContain(type);
    project.edit(component, `"${type}"`, '"baas:index:Edited"');
    expect(node("-e", runner).stdout).toContain("baas:index:Edited");
  });

  test("that is wrong is refused with its place, and runs once it is right", () => {
    project.edit(component, `super("${type}"`, `super(]"${type}"`);
    const { status, stderr } = preview();
    expect(stderr).toMatch(/components\/gateway\/gateway\.ts:\d+:\d+: Unexpected "\]"/);
    expect(status).toBe(1);
    project.restore(component);
    expect(preview().status).toBe(0);
  });
});

test("an edited command is what runs next", () => {
  expect(node("baas", "--help").stdout).toContain("Blockchain networks on Kubernetes");
  project.edit("cli/commands.ts", "Blockchain networks on Kubernetes", "Chains of blocks");
  expect(node("baas", "--help").stdout).toContain("Chains of blocks");
  project.restore("cli/commands.ts");
  expect(node("baas", "--help").stdout).toContain("Blockchain networks on Kubernetes");
});

test("a project with a command of its own is served by that, whichever is in PATH", () => {
  project.edit("cli/commands.ts", "Blockchain networks on Kubernetes", "Chains of blocks");
  const other = join(__dirname, "../..", "baas");
  expect(node(other, "--help").stdout).toContain("Chains of blocks");
  project.restore("cli/commands.ts");
});

test("commands that start at the same time, with nothing built, do not disturb each other", async () => {
  rmSync(join(project.dir, ".baas"), { recursive: true, force: true });
  const runs = [1, 2, 3].map(() => {
    const child = spawn(process.execPath, ["baas", "preview", "dev"], { cwd: project.dir });
    return new Promise((resolve) => child.on("close", resolve));
  });
  expect(await Promise.all(runs)).toEqual([0, 0, 0]);
  expect(readdirSync(join(project.dir, ".baas", "build")).filter((name) => name.startsWith("."))).toEqual([]);
});

test("a new file that takes the place of another is what runs next", () => {
  expect(node("baas", "--version").stdout).toBe(`${version}\n`);
  const shadow = join(project.dir, "cli/common/runCommand.tsx");
  writeFileSync(shadow, 'throw new Error("from the new file");\nexport const plain = 0, interruptible = 0;\n');
  expect(node("baas", "--version").stderr).toContain("from the new file");
  rmSync(shadow);
  expect(node("baas", "--version").stdout).toBe(`${version}\n`);
});

describe("a damaged build is built anew:", () => {
  const folder = () => join(project.dir, ".baas", "build");
  const builds = () => readdirSync(folder()).filter((name) => /^baas-\w+\.cjs$/.test(name));

  test.each(["", "{", "null", "{}"])("its manifest is %j", (text) => {
    node("baas", "--version");
    writeFileSync(join(folder(), "baas.json"), text);
    expect(node("baas", "--version").stdout).toBe(`${version}\n`);
  });

  test.each([
    ["empty", () => ""],
    ["cut off", (code: string) => code.slice(0, 1000)],
  ])("it is %s", (_what, damage) => {
    node("baas", "--version");
    for (const name of builds()) {
      writeFileSync(join(folder(), name), damage(readFileSync(join(folder(), name), "utf8")));
    }
    expect(node("baas", "--version").stdout).toBe(`${version}\n`);
  });

  test("one that is whole stays", () => {
    node("baas", "--version");
    const before = builds().map((name) => statSync(join(folder(), name)).mtimeMs);
    node("baas", "--version");
    expect(builds().map((name) => statSync(join(folder(), name)).mtimeMs)).toEqual(before);
  });
});

test("options for Node that print something do not disturb a build", () => {
  rmSync(join(project.dir, ".baas", "build"), { recursive: true, force: true });
  writeFileSync(join(project.dir, "noisy.cjs"), 'console.log("noise");');
  const env = { ...process.env, NODE_OPTIONS: `--require=${join(project.dir, "noisy.cjs")}` };
  const { stdout } = spawnSync(process.execPath, ["baas", "--version"], { cwd: project.dir, encoding: "utf8", env });
  expect(stdout).toBe("noise\n0.1.0\n");
});

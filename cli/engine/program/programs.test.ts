import { execFileSync, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { parseUrn } from "../../../model/pulumi/urn";
import { compareWithRecord } from "../changes/changeSet";
import { builtImages } from "../declared/builtImages";
import type { ProgramResult } from "../declared/registration";
import { mask, reveal, Secret, unknownValue } from "../declared/values";
import { manifests } from "../kubernetes/manifests";
import { strictCheck } from "../kubernetes/strictCheck";
import { readRecord } from "../record/stackRecord";
import { writeRecord } from "../record/writeRecord";
import { renderFiles } from "../render/render";
import { Fixture } from "../testing/fixture";
import { goldenText } from "../testing/goldenText";
import { ProgramRuns, runProgram, runPrograms } from "./programs";

let fixture: Fixture;
let preview: ProgramResult;
beforeAll(async () => {
  fixture = new Fixture();
  preview = await run("net");
});
afterAll(() => fixture.remove());

const run = (stack: string, dryRun = true) => runProgram({ projectDir: fixture.dir, stack, dryRun });
const runCase = (name: string, config = {}) => run(fixture.case(name, config));
const find = ({ registrations }: ProgramResult, name: string) => registrations.find((one) => one.name === name)!;
/** The processes that run a program of the fixture. */
const programs = (): string =>
  execFileSync("ps", ["-eo", "args"], { encoding: "utf8" })
    .split("\n")
    .filter((line) => line.includes(fixture.dir) && line.includes("/host-"))
    .join("\n");

describe("a program run for a preview", () => {
  test("registers what it declares, with parents and types in the URNs", () => {
    const names = preview.registrations.map(({ type, name }) => `${type} ${name}`);
    expect(names.sort()).toEqual([
      "docker:index/image:Image image",
      "fixture:index:Node node0",
      "fixture:index:Node node1",
      "kubernetes:apps/v1:StatefulSet node0-set",
      "kubernetes:apps/v1:StatefulSet node1-set",
      "kubernetes:core/v1:ConfigMap node0-config",
      "kubernetes:core/v1:ConfigMap node1-config",
      "kubernetes:core/v1:Namespace namespace",
      "kubernetes:core/v1:Secret credentials",
      "kubernetes:fixture.io/v1:Channel channel",
      "pulumi:providers:kubernetes cluster",
      "pulumi:pulumi:Stack fixture-net",
      "pulumi:pulumi:StackReference organization/fixture/platform",
      "random:index/randomPassword:RandomPassword password",
    ]);
    const set = find(preview, "node1-set");
    expect(set.urn).toBe("urn:pulumi:net::fixture::fixture:index:Node$kubernetes:apps/v1:StatefulSet::node1-set");
    expect(set.parent).toBe("urn:pulumi:net::fixture::fixture:index:Node::node1");
  });

  test("registers parents before children, and everything after what it depends on", () => {
    const seen = new Set<string>();
    for (const { urn, parent, options } of preview.registrations) {
      for (const other of [...options.dependsOn, ...(parent === undefined ? [] : [parent])])
        expect(seen).toContain(other);
      seen.add(urn);
    }
  });

  test("keeps the options of resources", () => {
    expect(find(preview, "namespace").options).toMatchObject({
      retainOnDelete: true,
      provider: find(preview, "cluster").urn,
    });
    expect(find(preview, "node0-set").options).toMatchObject({
      ignoreChanges: ["spec.volumeClaimTemplates"],
      provider: find(preview, "cluster").urn,
      propertyDependencies: { spec: [find(preview, "node0-config").urn] },
    });
    expect(find(preview, "node0-set").options.aliases).toContain(
      "urn:pulumi:net::fixture::fixture:index:Node$kubernetes:apps/v1:StatefulSet::node0-statefulset",
    );
    expect(find(preview, "channel").options.customTimeouts).toEqual({ create: "5m" });
  });

  test("has a dependency on a component stand for its children", () => {
    const dependencies = find(preview, "channel").options.dependsOn.map((urn) => parseUrn(urn).name);
    expect(dependencies).toEqual(
      expect.arrayContaining(["node0-config", "node0-set", "node1-config", "node1-set", "namespace"]),
    );
  });

  test("reads the outputs of other stacks by running their programs", () => {
    expect((find(preview, "channel").inputs.spec as any).platform).toBe("fixture-platform");
    expect(preview.references).toEqual(["platform"]);
    expect(find(preview, "organization/fixture/platform")).toMatchObject({
      read: "organization/fixture/platform",
      outputs: { outputs: { namespace: "fixture-platform" } },
    });
  });

  test("leaves unknown what only apply makes, and keeps nothing", () => {
    expect(find(preview, "credentials").inputs.stringData).toBeInstanceOf(Secret);
    expect(preview.outputs).toMatchObject({ namespace: "net", addresses: ["node0.net.svc", "node1.net.svc"] });
    expect((preview.outputs.password as Secret).content()).toBe(unknownValue);
    expect(find(preview, "node0").outputs).toEqual({ address: "node0.net.svc" });
    expect(existsSync(join(fixture.dir, ".baas", "random"))).toBe(false);
  });

  test("passes the checks, and gives its objects and images", () => {
    strictCheck(preview);
    expect(manifests(preview).map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      "Namespace net",
      "Secret credentials",
      "ConfigMap node0",
      "ConfigMap node1",
      "StatefulSet node0",
      "StatefulSet node1",
      "Channel trades",
    ]);
    expect(builtImages(preview)).toMatchObject([
      {
        reference: "registry.local/node:0123456789abcdef",
        context: join(fixture.dir, "src"),
        args: { VERSION: "1.0" },
      },
    ]);
  });

  test("gives the same registrations, files and golden text again, and in another clone", async () => {
    const other = new Fixture();
    try {
      for (const again of [await run("net"), await runProgram({ projectDir: other.dir, stack: "net", dryRun: true })]) {
        expect(again.registrations.map(({ urn }) => urn)).toEqual(preview.registrations.map(({ urn }) => urn));
        expect(goldenText(again)).toBe(goldenText(preview));
        expect([...renderFiles(again)]).toEqual([...renderFiles(preview)]);
      }
    } finally {
      other.remove();
    }
    expect(goldenText(preview)).not.toContain(fixture.dir);
  });
});

describe("a program run for an apply", () => {
  let applied: ProgramResult;
  beforeAll(async () => {
    applied = await run("net", false);
  });
  const passwordOf = (result: ProgramResult): string =>
    (reveal(find(result, "credentials").inputs.stringData) as { password: string }).password;

  test("gets random values, which are kept for the next time", async () => {
    expect(passwordOf(applied)).toMatch(/^.{20}$/);
    expect(passwordOf(await run("net", false))).toBe(passwordOf(applied));
    expect(readdirSync(join(fixture.dir, ".baas", "random"))).toEqual(["net.json"]);
  });

  test("gives a record that a preview compares with", async () => {
    writeRecord(applied);
    const changes = (result: ProgramResult) =>
      compareWithRecord(result, readRecord(fixture.dir, "net")).steps.flatMap(({ op, urn }) =>
        op === "same" || op === "read" ? [] : [`${op} ${parseUrn(urn).name}`],
      );
    expect(changes(await run("net"))).toEqual([]);
    fixture.stack("net", { network: { nodes: 1 }, greeting: "good day", replicas: 2 });
    expect(changes(await run("net")).sort()).toEqual([
      "delete node1",
      "delete node1-config",
      "delete node1-set",
      "update channel",
      "update node0-config",
      "update node0-set",
    ]);
    fixture.stack("net", { network: { nodes: 2 } });
  });

  test("leaves its secrets nowhere but in the file of random values", async () => {
    const shown = [JSON.stringify(applied), JSON.stringify(mask(applied.registrations)), goldenText(applied)];
    shown.push(JSON.stringify([...renderFiles(applied)]));
    const files = readdirSync(join(fixture.dir, ".baas"), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name !== "net.json")
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"));
    shown.push(...files, readFileSync(join(fixture.dir, ".baas", "state", "net.json"), "utf8"));
    const password = passwordOf(applied);
    for (const spelling of [password, Buffer.from(password).toString("base64"), encodeURIComponent(password)]) {
      expect(shown.join("\n")).not.toContain(spelling);
    }
  });
});

describe("configuration", () => {
  test("reaches the program as the CLI gives it", async () => {
    const { outputs } = await runCase("values", { given: 1.5, list: [1, { a: "b" }] });
    expect(outputs).toEqual({ value: "1.5", list: [1, { a: "b" }], organization: "organization" });
  });
});

describe("a program that fails", () => {
  const failure = async (name: string, config = {}): Promise<string> => {
    const error = await runCase(name, config).catch((reason: Error) => reason);
    if (!(error instanceof Error)) throw new Error("it did not fail");
    return error.message;
  };

  test.each([
    ["runError", "stacks/Pulumi.case.yaml: nodes is 0; 1 or more are needed"],
    ["resourceError", "the map is too small"],
    ["reject", "rejected"],
    ["logsError", "logged as an error"],
    ["stuck", "the program waits for a promise that nothing resolves"],
    ["exit", "the program ended with exit code 3\ngone"],
    [
      "duplicate",
      "Duplicate resource URN 'urn:pulumi:duplicate::fixture::kubernetes:core/v1:ConfigMap::map'; try giving it a unique name",
    ],
  ])("says why, once and without a stack trace: %s", async (name, message) => {
    expect(await failure(name)).toBe(message);
  });

  test.each([
    ["invoke", "the program calls aws:index/getRegion:getRegion, a function of a provider"],
    ["read", '"map" (kubernetes:core/v1:ConfigMap) reads the existing resource "cases/map"'],
    ["chart", '"chart" (kubernetes:helm.sh/v4:Chart) is a component that its provider builds'],
    ["transform", "the program uses resource transforms; baas does not support them"],
    ["callback", "the program has a function as a value; baas does not serialize functions"],
    ["hook", "the program uses resource hooks; baas does not support them"],
  ])("because it needs what only the CLI has says so: %s", async (name, message) => {
    expect(await failure(name)).toContain(message);
  });

  test("by accident shows where, in the source", async () => {
    const message = await failure("crash");
    const lines = readFileSync(join(fixture.dir, "infra", "cases.ts"), "utf8").split("\n");
    const line = lines.findIndex((text) => text.includes('"boom"')) + 1;
    expect(message).toContain("Error: boom");
    expect(message).toContain(`cases.ts:${line}:`);
  });

  test("to build says where, and is built once for all stacks", async () => {
    const index = join(fixture.dir, "infra", "cases.ts");
    const source = readFileSync(index, "utf8");
    writeFileSync(index, `${source}\nconst broken = ;\n`);
    const runs = new ProgramRuns(fixture.dir, true);
    writeFileSync(index, source);
    try {
      for (const name of ["logs", "plainSecret"]) {
        const failure = runs.start(fixture.case(name));
        await expect(failure).rejects.toThrow(
          /^the sources of this project cannot be built; correct them:\n {2}infra\/cases\.ts:\d+:16: Unexpected ";"$/,
        );
      }
    } finally {
      runs.end();
    }
    await runCase("logs");
  });

  test("leaves no process behind, and takes no time to end", async () => {
    const started = performance.now();
    await failure("crash");
    expect(performance.now() - started).toBeLessThan(20_000);
    expect(programs()).toBe("");
  });
});

describe("what a program prints and logs", () => {
  test("is kept", async () => {
    const { diagnostics } = await runCase("logs");
    expect(diagnostics).toEqual(
      expect.arrayContaining([
        { severity: "info", message: "informed" },
        { severity: "info", message: "printed" },
        { severity: "warning", message: "warned" },
      ]),
    );
    expect(diagnostics).toHaveLength(3);
  });
});

describe("references between stacks", () => {
  const reference = (name: string, target: string, output = "value"): void =>
    fixture.stack(name, { case: "reference", target, output });

  test("in a circle are an error that shows it", async () => {
    reference("a", "b");
    reference("b", "c");
    reference("c", "organization/fixture/a");
    await expect(run("a")).rejects.toThrow(/the stacks refer to each other in a circle: c -> a -> b -> c/);
    reference("self", "self");
    await expect(run("self")).rejects.toThrow("the stacks refer to each other in a circle: self -> self");
    expect(programs()).toBe("");
  });

  test("that are asked for at the same time get what each asked for", async () => {
    fixture.case("values", { given: "x" });
    fixture.case("twoReferences");
    expect((await run("twoReferences")).outputs).toEqual({ values: "x", namespace: "fixture-platform" });
  });

  test("to a stack that is not there, or fails, say so", async () => {
    reference("a", "gone");
    await expect(run("a")).rejects.toThrow('there is no stack "gone" (no stacks/Pulumi.gone.yaml)');
    fixture.case("runError");
    reference("a", "runError");
    await expect(run("a")).rejects.toThrow(
      'stack "runError", which it refers to, fails:\nstacks/Pulumi.case.yaml: nodes is 0',
    );
  });

  test("pass secrets on as secrets", async () => {
    fixture.case("plainSecret");
    reference("a", "plainSecret", "token");
    const { outputs } = await run("a");
    expect(outputs.value).toBeInstanceOf(Secret);
    expect((outputs.value as Secret).content()).toBe("swordfish");
    reference("a", "plainSecret", "open");
    expect((await run("a")).outputs).toEqual({ value: "sesame" });
  });

  test("that are remembered wrongly cost nothing but time", async () => {
    const file = join(fixture.dir, ".baas", "cache", "references.json");
    writeFileSync(file, JSON.stringify({ values: ["platform", "gone", "values"] }));
    fixture.stack("values", { case: "values", given: "x" });
    expect((await run("values")).references).toEqual([]);
    expect(programs()).toBe("");
    rmSync(file);
  });
});

describe("a command that is stopped", () => {
  test.each(["SIGINT", "SIGTERM", "SIGKILL"] as const)("by %s takes its program with it", async (signal) => {
    fixture.case("hang");
    const command = spawn(process.execPath, [join(__dirname, "..", "..", "..", "baas"), "preview", "hang"], {
      cwd: fixture.dir,
      stdio: "ignore",
    });
    const ended = new Promise<number | null>((resolve) => command.on("close", resolve));
    await until(() => programs() !== "");
    command.kill(signal);
    expect(await ended).toBe({ SIGINT: 130, SIGTERM: 143, SIGKILL: null }[signal]);
    await until(() => programs() === "");
  });

  async function until(condition: () => boolean): Promise<void> {
    for (let i = 0; i < 200 && !condition(); i++) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(condition()).toBe(true);
  }
});

describe("programs that run in one process, one after the other,", () => {
  const ranTogether = async (...stacks: string[]): Promise<Record<string, unknown>[]> => {
    const results = await runPrograms(fixture.dir, stacks);
    return stacks.map((stack) => {
      const result = results.get(stack)!;
      return result instanceof Error ? { error: result.message } : result.outputs;
    });
  };
  const asking = (name: string, stack: string): void => fixture.stack(stack, { case: name, given: stack });

  test("share no variable of their modules", async () => {
    for (const stack of ["one", "two"]) asking("module", stack);
    expect(await ranTogether("one", "two", "one")).toEqual([
      { given: "one", runs: 1 },
      { given: "two", runs: 1 },
      { given: "one", runs: 1 },
    ]);
  });

  test("share no variable of their environment, and no global one", async () => {
    for (const stack of ["one", "two"]) asking("environment", stack);
    expect(await ranTogether("one", "two")).toEqual([{ found: [] }, { found: [] }]);
  });

  test.each(["lateRejection", "lateExit", "lateResource"])("are spared what another left pending: %s", async (name) => {
    fixture.case(name);
    asking("slow", "two");
    expect(await ranTogether(name, "two")).toEqual([{}, { done: true }]);
  });

  test("keep their own output, whatever they write", async () => {
    fixture.case("writesWithoutEnd");
    fixture.stack("two", { case: "values", given: "two", list: [] });
    const results = await runPrograms(fixture.dir, ["writesWithoutEnd", "two"]);
    const said = [...results.values()].map((result) =>
      result instanceof Error ? result.message : result.diagnostics.map(({ message }) => message).join("\n"),
    );
    expect(said[0]).toContain("written by the first");
    expect(said[1]).toBe("");
  });
});

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { listStacks, readProject, readStackConfig } from "./project";

const projectFile = `name: fixture
runtime: nodejs
main: infra/index.ts
stackConfigDir: stacks
config:
  fixture:greeting: { default: hello }
`;

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "baas-project-file-"));
  for (const folder of ["infra", "stacks"]) mkdirSync(join(dir, folder));
  writeFileSync(join(dir, "Pulumi.yaml"), projectFile);
  writeFileSync(join(dir, "infra", "index.ts"), "");
  for (const stack of ["net", "platform"]) writeFileSync(join(dir, "stacks", `Pulumi.${stack}.yaml`), "config: {}\n");
});
afterAll(() => rmSync(dir, { recursive: true }));

function config(text: string): ReturnType<typeof readStackConfig> {
  writeFileSync(join(dir, "stacks", "Pulumi.test.yaml"), text);
  return readStackConfig(readProject(dir), "test");
}

describe("Pulumi.yaml", () => {
  test("says where the program and the stack files are", () => {
    expect(readProject(dir)).toMatchObject({
      dir: dir,
      name: "fixture",
      workingDir: join(dir, "infra"),
      entry: "index.ts",
      stackDir: join(dir, "stacks"),
    });
  });

  test("without main means the package's own entry point", () => {
    const other = join(dir, "other");
    mkdirSync(other);
    writeFileSync(join(other, "Pulumi.yaml"), "name: other\nruntime: nodejs\n");
    expect(readProject(other)).toMatchObject({ workingDir: other, entry: ".", stackDir: other });
  });

  test.each([
    ["runtime: nodejs", "Pulumi.yaml: the project needs a name"],
    ["name: x\nruntime: python", "Pulumi.yaml: baas runs Node programs, not python"],
    ["name: x\nruntime: nodejs\nmain: gone.ts", "Pulumi.yaml: main names gone.ts, which does not exist"],
    ["name: [", "Pulumi.yaml is not valid YAML"],
    ["- a", "Pulumi.yaml is not valid YAML: it holds no keys"],
  ])("is refused with a message: %j", (text, message) => {
    const bad = join(dir, "bad");
    mkdirSync(bad, { recursive: true });
    writeFileSync(join(bad, "Pulumi.yaml"), text);
    expect(() => readProject(bad)).toThrow(message);
  });

  test("is asked for where there is none", () => {
    expect(() => readProject(join(dir, "stacks"))).toThrow("there is no Pulumi.yaml in");
  });
});

describe("a stack file", () => {
  test("gives scalars as they are written, and everything else as JSON", () => {
    const { values } = config(
      [
        "config:",
        "  fixture:version: 1.10",
        "  fixture:text: 'yes'",
        "  fixture:flag: true",
        "  fixture:empty:",
        "  short: 007",
        "  fixture:limit: .inf",
        "  fixture:list: [1, two, { three: 1.0 }]",
        "  aws:region: eu-west-1",
      ].join("\n"),
    );
    expect(values).toEqual({
      "fixture:version": "1.10",
      "fixture:text": "yes",
      "fixture:flag": "true",
      "fixture:empty": "",
      "fixture:short": "007",
      "fixture:limit": ".inf",
      "fixture:list": '[1,"two",{"three":1}]',
      "aws:region": "eu-west-1",
      "fixture:greeting": "hello",
    });
  });

  test("tolerates what Pulumi itself writes into it", () => {
    const own = "secretsprovider: passphrase\nencryptionsalt: v1:abc\nencryptedkey: abc\n";
    expect(config(`${own}config: {}`)).toEqual({ values: { "fixture:greeting": "hello" }, warnings: [] });
  });

  test("may be empty", () => {
    expect(config("").values).toEqual({ "fixture:greeting": "hello" });
  });

  test("warns of environments that only Pulumi Cloud has", () => {
    expect(config("environment: [shared]").warnings).toEqual([
      'stacks/Pulumi.test.yaml: "environment" imports from Pulumi Cloud; baas leaves it out',
    ]);
  });

  test("warns of keys that nothing reads", () => {
    expect(config("confg: {}\npolicies: {}").warnings).toEqual([
      'stacks/Pulumi.test.yaml: nothing reads the key "confg". Did you mean "config"?',
      'stacks/Pulumi.test.yaml: nothing reads the key "policies".',
    ]);
  });

  test.each([
    ["config: { token: { secure: AAAB } }", "stacks/Pulumi.test.yaml: token is encrypted (secure: ...)"],
    ["config: { a: { b: [{ secure: AAAB }] } }", "stacks/Pulumi.test.yaml: a.b[0] is encrypted (secure: ...)"],
    ["config: [a]", "stacks/Pulumi.test.yaml: config holds keys and values"],
    ["config: {a: 1, a: 2}", "stacks/Pulumi.test.yaml is not valid YAML: duplicated mapping key"],
  ])("is refused with a message: %j", (text, message) => {
    expect(() => config(text)).toThrow(message);
  });

  test("must hold the keys that Pulumi.yaml declares without a default", () => {
    const project = { ...readProject(dir), declared: { size: { type: "string" }, "fixture:zone": {}, n: 3 } };
    writeFileSync(join(dir, "stacks", "Pulumi.test.yaml"), "config: {}");
    expect(() => readStackConfig(project, "test")).toThrow(
      "stacks/Pulumi.test.yaml: Stack 'test' is missing configuration values 'size', 'fixture:zone'",
    );
    writeFileSync(join(dir, "stacks", "Pulumi.test.yaml"), "config: { size: s, fixture:zone: z }");
    expect(readStackConfig(project, "test").values).toEqual({
      "fixture:size": "s",
      "fixture:zone": "z",
      "fixture:n": "3",
    });
  });

  test("counts once, whichever endings it has", () => {
    writeFileSync(join(dir, "stacks", "Pulumi.net.yml"), "config: {}\n");
    expect(listStacks(readProject(dir)).filter((name) => name === "net")).toEqual(["net"]);
    rmSync(join(dir, "stacks", "Pulumi.net.yml"));
  });

  test.each(["Pulumi.net.yaml", "stacks/Pulumi.net.yaml", "stacks/Pulumi.net.yml"])(
    "has a name, which is not that of its file: %s",
    (file) => {
      expect(() => readStackConfig(readProject(dir), file)).toThrow(`"${file}" is a file; its stack is called "net".`);
    },
  );

  test("that is not there is answered with those that are", () => {
    expect(listStacks(readProject(dir))).toEqual(["net", "platform", "test"]);
    for (const name of ["nett", "../net", ""]) {
      expect(() => readStackConfig(readProject(dir), name)).toThrow(
        `there is no stack "${name}" (no ${join("stacks", `Pulumi.${name}.yaml`)}); there are: net, platform, test`,
      );
    }
  });
});

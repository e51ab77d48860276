import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { commandLine } from "../commands";
import { Fixture } from "../engine/testing/fixture";

let fixture: Fixture;
beforeAll(() => {
  fixture = new Fixture();
  const levels = Array.from(
    { length: 9 },
    (_, i) => `  a${i + 1}: &a${i + 1} [${Array(10).fill(`*a${i}`).join(", ")}]\n`,
  );
  writeFileSync(join(fixture.dir, "stacks", "Pulumi.bomb.yaml"), `config:\n  a0: &a0 [x, x, x]\n${levels.join("")}`);
});
afterAll(() => fixture.remove());

const tooMuch = "stacks/Pulumi.bomb.yaml: config.a4: more than 10000 values";

/** Command lines that fail, by their command, and what they say. */
const failing: Record<string, [args: string[], said: string][]> = {
  preview: [
    [[], "no stack given: name one, or use --all"],
    [["net", "--all"], 'give either --all or the stack "net"'],
    [["a", "b"], "too many arguments for 'preview'"],
    [["net", "--base"], "option '--base <revision>' argument missing"],
  ],
  diff: [
    [["nett"], 'there is no stack "nett"'],
    [["net", "--live", "--base", "HEAD"], "give either --base or --live"],
    [["bomb"], tooMuch],
  ],
  stacks: [[["extra"], "too many arguments for 'stacks'"]],
  ports: [[["--foo"], "unknown option '--foo'"]],
  call: [
    [["net"], "missing required argument 'function'"],
    [["nett", "ReadAsset"], 'there is no stack "nett"'],
  ],
  status: [[["nett"], 'there is no stack "nett"']],
  tx: [[["net", "abc"], '"abc" is not a transaction\'s ID, which is 64 hexadecimal digits in lower case']],
};

describe("with --json, an error", () => {
  test.each(Object.entries(failing))(
    "of %s is one object on standard output, and a text on standard error",
    async (command, each) => {
      const ends = await Promise.all(each.map(([args]) => fixture.command(command, "--json", ...args)));
      for (const [i, [, said]] of each.entries()) {
        const { code, stdout, stderr } = ends[i]!;
        expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(said) });
        expect(JSON.parse(stdout)).toMatchObject({ error: { message: expect.stringContaining(said) } });
      }
    },
  );

  test.each<[args: string[], said: string]>([
    [["nosuchcommand"], "unknown command 'nosuchcommand'"],
    [["stack"], "unknown command 'stack'\n(Did you mean stacks?)"],
    [["check"], "unknown option '--json'"],
    [["apply", "net"], "unknown option '--json'"],
    [["policies", "config", "net"], "unknown option '--json'"],
    [["local", "nosuchcommand"], "unknown command 'nosuchcommand'"],
    [["--nosuchoption"], "unknown option '--nosuchoption'"],
  ])("of a command line without a meaning, %j, is too", async ([command, ...args], said) => {
    const { code, stdout, stderr } = await fixture.command(command!, ...args, "--json");
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(said) });
    expect(JSON.parse(stdout)).toEqual({ error: { message: said } });
  });

  test("is on standard error only without it", async () => {
    const { code, stdout } = await fixture.command("stacks", "extra");
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  });

  test("in a file has the file and its mistakes", async () => {
    const { stdout } = await fixture.command("diff", "bomb", "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      error: {
        file: "stacks/Pulumi.bomb.yaml",
        findings: [{ path: "config.a4", message: expect.stringMatching(/^more than 10000 values/) }],
      },
    });
  });

  test("in one file leaves the list of stacks as it is", async () => {
    const { code, stdout, stderr } = await fixture.command("stacks", "--json");
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(tooMuch) });
    expect(Array.isArray(JSON.parse(stdout))).toBe(true);
  });

  test("is tried here of every command that has the option", () => {
    const withJson = commandLine("0").commands.filter(({ options }) => options.some(({ long }) => long === "--json"));
    expect(Object.keys(failing).sort()).toEqual(withJson.map((command) => command.name()).sort());
  });
});

test("a stack file that contains too much is refused by every command that reads it", async () => {
  const said = { code: 1, stderr: expect.stringContaining(tooMuch) };
  // The first one builds the program, for all of them.
  expect(await fixture.command("preview", "bomb")).toMatchObject(said);
  const names = ["apply", "destroy", "graph", "connection", "images"];
  const ends = await Promise.all([
    ...names.map((name) => fixture.command(name, "bomb")),
    fixture.command("render", "bomb", "--out", join(fixture.dir, "rendered")),
  ]);
  expect(ends).toMatchObject(ends.map(() => said));
  expect((await fixture.command("ports")).stdout).toContain("config.a4: more than 10000 values");
});

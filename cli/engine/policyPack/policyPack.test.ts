import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import type { Configuration } from "../../../model/project/policyProfile";
import { plain } from "../../common/colors";
import { Secret, unknownValue } from "../declared/values";
import { programResult, registration } from "../testing/fixture";
import { analyze, isRefused } from "./analyze";
import { PolicyPack } from "./policyPack";
import { violationsCount, violationsText } from "./violationsText";

const repository = join(__dirname, "..", "..", "..");

function folderWith(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), "baas-pack-"));
  symlinkSync(join(repository, "node_modules"), join(folder, "node_modules"));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

const manifest = {
  "PulumiPolicy.yaml": "runtime: nodejs\n",
  "package.json": '{"version": "1.2.3", "main": "index.ts"}',
};

describe("a pack", () => {
  let folder: string;
  let pack: PolicyPack;
  beforeAll(() => {
    folder = folderWith({
      ...manifest,
      "index.ts": `
        import { PolicyPack } from "@pulumi/policy";
        new PolicyPack("test", { policies: [
          { name: "few", description: "Few replicas.", enforcementLevel: "mandatory",
            configSchema: { properties: { most: { type: "integer", default: 1 } } },
            validateResource: ({ props, getConfig }, report) => {
              const { most } = getConfig<{ most: number }>();
              if (props.replicas > most) report(\`\${props.replicas} of \${most}\`);
            } },
          { name: "named", description: "Everything has a name.", enforcementLevel: "advisory",
            remediateResource: ({ props }) => props.label === undefined ? { ...props, label: "made" } : undefined,
            validateResource: ({ props }, report) => { if (props.label === undefined) report("none"); } },
          { name: "secretive", description: "Secrets are long.", enforcementLevel: "advisory",
            validateResource: ({ props }, report) => { if (props.password?.length < 9) report("short"); } },
          { name: "whole", description: "The stack as a whole.", enforcementLevel: "advisory",
            validateStack: ({ resources }, report) => {
              const names = resources.filter(({ parent }) => parent !== undefined).map(({ name }) => name);
              if (names.length > 2) report(names.join(" "), resources[1].urn);
            } },
        ] });`,
    });
    pack = PolicyPack.start(folder, folder)!;
  });
  afterAll(() => {
    pack.close();
    rmSync(folder, { recursive: true });
  });

  const levels = (changes: Configuration = {}): Configuration => ({
    few: { level: "mandatory", settings: { most: 1 } },
    named: { level: "advisory", settings: {} },
    secretive: { level: "advisory", settings: {} },
    whole: { level: "advisory", settings: {} },
    ...changes,
  });
  const labelled = (name: string, inputs: object) => registration("test:index:Thing", name, { label: name, ...inputs });

  it("says which policies it has", async () => {
    const infos = await pack.info();
    expect(infos[0]).toEqual({
      name: "few",
      description: "Few replicas.",
      level: "mandatory",
      settings: { most: { type: "integer", default: 1 } },
    });
  });

  it("finds what is wrong, mandatory policies first, in the order of the program", async () => {
    const program = programResult([
      labelled("b", { replicas: 3 }),
      registration("test:index:Thing", "a", { replicas: 2 }),
      labelled("c", {}),
    ]);
    const { violations, result } = await analyze(pack, levels(), program);
    expect(result.registrations).toEqual(program.registrations);
    expect(isRefused(violations)).toBe(true);
    expect(violationsCount(violations)).toBe("2 mandatory and 3 advisory policy violations");
    expect(violationsText(violations, result, plain)).toBe(`Policy violations:
  mandatory few: Few replicas.
    test:index:Thing b
      3 of 1
    test:index:Thing a
      2 of 1
  advisory named: Everything has a name.
    pulumi:pulumi:Stack test-dev
      none
    test:index:Thing a
      none
  advisory whole: The stack as a whole.
    test:index:Thing b
      b a c
`);
  });

  it("takes policies as it is told", async () => {
    const program = programResult([labelled("a", { replicas: 4 })]);
    const lenient = levels({
      few: { level: "advisory", settings: { most: 3 } },
      named: { level: "disabled", settings: {} },
    });
    const { violations } = await analyze(pack, lenient, program);
    expect(violations).toEqual([
      {
        policy: "few",
        pack: "test",
        packVersion: "1.2.3",
        level: "advisory",
        message: "Few replicas.\n4 of 3",
        urn: program.registrations[1]!.urn,
      },
    ]);
    expect(isRefused(violations)).toBe(false);
  });

  it("remedies what it is told to, and a program goes on with the remedied values", async () => {
    const secret = new Secret("x");
    const program = programResult([registration("test:index:Thing", "a", { token: secret })]);
    const remedying = levels({ named: { level: "remediate", settings: {} } });
    const { violations, result, diagnostics } = await analyze(pack, remedying, program);
    expect(result.registrations[1]!.inputs).toEqual({ token: secret, label: "made" });
    expect((result.registrations[1]!.inputs.token as Secret).content()).toBe("x");
    expect(diagnostics.at(-1)).toEqual({
      severity: "info",
      message: 'remedied by policy "named"',
      urn: program.registrations[1]!.urn,
    });
    expect(violations).toEqual([]);
  });

  it("does not remedy what is not known before apply", async () => {
    const program = programResult([registration("test:index:Thing", "a", { later: unknownValue })]);
    const { result, diagnostics } = await analyze(
      pack,
      levels({ named: { level: "remediate", settings: {} } }),
      program,
    );
    expect(result.registrations[1]!.inputs).toEqual({ later: unknownValue });
    expect(diagnostics.at(-1)).toMatchObject({
      severity: "warning",
      message: expect.stringContaining("string value at .later can't be known during preview"),
    });
  });

  it("does not decide what is not known before apply", async () => {
    const program = programResult([labelled("a", { password: unknownValue })]);
    const { violations } = await analyze(pack, levels({ named: { level: "disabled", settings: {} } }), program);
    expect(violations.map(({ level, message }) => [level, message])).toEqual([
      [
        "advisory",
        "can't run policy 'secretive' from policy pack 'test@v1.2.3' during preview: string value at .password can't be known during preview",
      ],
    ]);
  });
});

describe("a pack that fails", () => {
  let pack: PolicyPack;
  let folder: string;
  afterEach(() => {
    pack.close();
    rmSync(folder, { recursive: true });
  });

  it("at its start is an error with what it printed", async () => {
    folder = folderWith({ ...manifest, "index.ts": 'throw new Error("no such thing");' });
    pack = PolicyPack.start(folder, folder)!;
    await expect(pack.info()).rejects.toThrow(
      /^the policy pack ended with exit code \d+ before it was ready\n[^]*no such thing/,
    );
  });

  it("in a policy is an error that names it", async () => {
    folder = folderWith({
      ...manifest,
      "index.ts": `
        import { PolicyPack } from "@pulumi/policy";
        const validateResource = () => { throw new Error("a mistake in the policy"); };
        new PolicyPack("test", { policies: [{ name: "wrong", description: "Wrong.", validateResource }] });`,
    });
    pack = PolicyPack.start(folder, folder)!;
    await expect(analyze(pack, {}, programResult([]))).rejects.toThrow(
      /^the policy pack cannot answer \(analyze\): Error validating resource with policy 'wrong'[^]*a mistake in the policy/,
    );
  });
});

it("is not there in a project without one", () => {
  expect(PolicyPack.start("/nowhere")).toBeUndefined();
});

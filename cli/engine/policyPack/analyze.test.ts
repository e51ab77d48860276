import { describe, expect, it } from "vitest";

import type { Configuration } from "../../../model/project/policyProfile";
import type { PolicyPack } from "../../../model/pulumi/policyPack";
import { plain } from "../../common/colors";
import { Secret, unknownValue } from "../declared/values";
import { programResult, registration } from "../testing/fixture";
import { analyze, isRefused } from "./analyze";
import { violationsCount, violationsText } from "./violationsText";

const pack: PolicyPack = {
  name: "test",
  version: "1.2.3",
  description: "For tests.",
  policies: [
    {
      name: "few",
      description: "Few replicas.",
      enforcementLevel: "mandatory",
      configSchema: { properties: { most: { type: "integer", default: 1 } } },
      validateResource: ({ props, getConfig }, report) => {
        const { most } = getConfig() as { most: number };
        if (props.replicas > most) report(`${props.replicas} of ${most}`);
      },
    },
    {
      name: "named",
      description: "Everything has a name.",
      enforcementLevel: "advisory",
      remediateResource: ({ props }) => (props.label === undefined ? { ...props, label: "made" } : undefined),
      validateResource: ({ props }, report) => {
        if (props.label === undefined) report("none");
      },
    },
    {
      name: "secretive",
      description: "Secrets are long.",
      enforcementLevel: "advisory",
      validateResource: ({ props }, report) => {
        if (props.password?.length < 9) report("short");
      },
    },
    {
      name: "whole",
      description: "The stack as a whole.",
      enforcementLevel: "advisory",
      validateStack: ({ resources }, report) => {
        const names = resources.slice(1).map(({ urn }) => urn.split("::").at(-1));
        if (names.length > 2) report(names.join(" "), resources[1]!.urn);
      },
    },
  ],
};

describe("a pack", () => {
  const levels = (changes: Configuration = {}): Configuration => ({
    few: { level: "mandatory", settings: { most: 1 } },
    named: { level: "advisory", settings: {} },
    secretive: { level: "advisory", settings: {} },
    whole: { level: "advisory", settings: {} },
    ...changes,
  });
  const labelled = (name: string, inputs: object) => registration("test:index:Thing", name, { label: name, ...inputs });

  it("finds what is wrong, mandatory policies first, in the order of the program", () => {
    const program = programResult([
      labelled("b", { replicas: 3 }),
      registration("test:index:Thing", "a", { replicas: 2 }),
      labelled("c", {}),
    ]);
    const { violations, result } = analyze(pack, levels(), program);
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

  it("takes policies as it is told", () => {
    const program = programResult([labelled("a", { replicas: 4 })]);
    const lenient = levels({
      few: { level: "advisory", settings: { most: 3 } },
      named: { level: "disabled", settings: {} },
    });
    const { violations } = analyze(pack, lenient, program);
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

  it("remedies what it is told to, and a program goes on with the remedied values", () => {
    const secret = new Secret("x");
    const program = programResult([registration("test:index:Thing", "a", { token: secret })]);
    const remedying = levels({ named: { level: "remediate", settings: {} } });
    const { violations, result, diagnostics } = analyze(pack, remedying, program);
    expect(result.registrations[1]!.inputs).toEqual({ token: secret, label: "made" });
    expect((result.registrations[1]!.inputs.token as Secret).content()).toBe("x");
    expect(diagnostics.at(-1)).toEqual({
      severity: "info",
      message: 'remedied by policy "named"',
      urn: program.registrations[1]!.urn,
    });
    expect(violations).toEqual([]);
  });

  it("does not remedy what is not known before apply", () => {
    const program = programResult([registration("test:index:Thing", "a", { later: unknownValue })]);
    const remedying = levels({ named: { level: "remediate", settings: {} } });
    const { result, diagnostics } = analyze(pack, remedying, program);
    expect(result.registrations[1]!.inputs).toEqual({ later: unknownValue });
    expect(diagnostics.at(-1)).toMatchObject({
      severity: "warning",
      message: expect.stringContaining("string value at .later can't be known during preview"),
    });
  });

  it("does not decide what is not known before apply", () => {
    const program = programResult([labelled("a", { password: unknownValue })]);
    const { violations } = analyze(pack, levels({ named: { level: "disabled", settings: {} } }), program);
    expect(violations.map(({ level, message }) => [level, message])).toEqual([
      [
        "advisory",
        "can't run policy 'secretive' from policy pack 'test@v1.2.3' during preview: string value at .password can't be known during preview",
      ],
    ]);
  });
});

describe("values that policies see", () => {
  const seenBy = (inputs: Record<string, unknown>, see: (props: any) => unknown): unknown => {
    const seen: unknown[] = [];
    const policies: PolicyPack["policies"] = [
      {
        name: "seeing",
        description: "Sees.",
        enforcementLevel: "mandatory",
        validateResource: ({ urn, props }) => void (urn.endsWith("::a") && seen.push(see(props))),
      },
    ];
    const { violations } = analyze(
      { ...pack, policies },
      {},
      programResult([registration("test:index:T", "a", inputs)]),
    );
    return seen[0] ?? violations.map(({ level, message }) => `${level}: ${message.split("preview: ")[1]}`)[0];
  };

  it("are the very inputs, where nothing is secret or unknown", () => {
    const inputs = { list: [{ a: 1 }] };
    expect(seenBy(inputs, (props) => props === inputs)).toBe(true);
  });

  it("are opened, where they are secret", () => {
    const inputs = { list: [new Secret({ inner: new Secret("x") })], open: null };
    expect(seenBy(inputs, (props) => props)).toEqual({ list: [{ inner: "x" }], open: null });
  });

  it("stop the policy where they are not known, however it comes by them", () => {
    const inputs = { list: [{ a: 1 }, { a: new Secret(unknownValue) }], other: "known" };
    const unknown = "advisory: string value at .list.1.a can't be known during preview";
    expect(seenBy(inputs, ({ list }) => list.map(({ a }: any) => a))).toBe(unknown);
    expect(seenBy(inputs, (props) => JSON.stringify(props))).toBe(unknown);
    expect(seenBy(inputs, ({ list }) => Object.entries(list[1]))).toBe(unknown);
    expect(seenBy(inputs, ({ list, other }) => [list.length, list[0].a, other])).toEqual([2, 1, "known"]);
  });
});

describe("a remedy", () => {
  const remedied = (inputs: Record<string, unknown>, remedy: (props: any) => any) => {
    const policies: PolicyPack["policies"] = [
      {
        name: "remedying",
        description: "Remedies.",
        enforcementLevel: "remediate",
        validateResource: () => undefined,
        remediateResource: ({ urn, props }) => (urn.endsWith("::a") ? remedy(props) : undefined),
      },
    ];
    const program = programResult([registration("test:index:T", "a", inputs)]);
    return analyze({ ...pack, policies }, {}, program).result.registrations[1]!.inputs;
  };

  it("may change what it is given, which is a copy", () => {
    const inputs = { spec: { replicas: 1 } };
    const better = remedied(inputs, (props) => {
      props.spec.replicas = 2;
      return props;
    });
    expect(better).toEqual({ spec: { replicas: 2 } });
    expect(inputs).toEqual({ spec: { replicas: 1 } });
  });

  it("leaves out what it says is undefined", () => {
    expect(Object.keys(remedied({ a: 1, b: 2 }, (props) => ({ ...props, a: undefined })))).toEqual(["b"]);
  });

  it("keeps what is secret inside lists and secrets", () => {
    const better = remedied({ list: [{ token: new Secret({ key: "x" }) }] }, (props) => structuredClone(props)) as any;
    expect(JSON.stringify(better)).toBe('{"list":[{"token":"[secret]"}]}');
    expect(better.list[0].token.content()).toEqual({ key: "x" });
  });
});

it("a mistake in a policy is an error that names it", () => {
  const validateResource = (): void => {
    throw new Error("a mistake in the policy");
  };
  const policies = [{ name: "wrong", description: "Wrong.", enforcementLevel: "mandatory" as const, validateResource }];
  expect(() => analyze({ ...pack, policies }, {}, programResult([]))).toThrow(
    /^policy 'wrong' from policy pack 'test@v1\.2\.3' fails on urn:pulumi:dev::test::pulumi:pulumi:Stack::test-dev: Error: a mistake in the policy\n/,
  );
});

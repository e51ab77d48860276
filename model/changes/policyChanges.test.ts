import { expect, test } from "vitest";

import { policyChanges } from "./policyChanges";

const lines = (...[before, after]: Parameters<typeof policyChanges>): string[] =>
  policyChanges(before, after).map(({ subject, text, consequences, loud }) =>
    [`${loud ? "! " : ""}${subject}: ${text}`, ...consequences].join("; "),
  );

test("a policy that is made weaker is loud, one that is made stricter is not", () => {
  const weak = { rbac: { level: "disabled", settings: {} }, tls: { level: "advisory", settings: {} } } as const;
  expect(lines({}, weak)).toEqual([
    "! policy rbac: level the pack's -> disabled; nobody is told of violations any more",
    "! policy tls: level the pack's -> advisory; violations are shown, and keep nothing from being applied",
  ]);
  expect(lines(weak, { rbac: { level: "advisory", settings: {} }, tls: { level: "mandatory", settings: {} } })).toEqual(
    [
      "policy rbac: level disabled -> advisory; violations are shown, and keep nothing from being applied",
      "policy tls: level advisory -> mandatory",
    ],
  );
  expect(lines(weak, {})).toEqual([
    "policy rbac: level disabled -> the pack's",
    "policy tls: level advisory -> the pack's",
  ]);
});

test("settings are told one by one", () => {
  const before = { budget: { settings: { cpu: "4", roles: ["peer"] } } };
  expect(lines(before, { budget: { settings: { cpu: "8", memory: "16Gi", roles: ["peer"] } } })).toEqual([
    "policy budget: cpu 4 -> 8",
    "policy budget: memory the pack's -> 16Gi",
  ]);
});

test("nothing is said where it is not known what they were", () => {
  expect(lines(undefined, { tls: { level: "disabled", settings: {} } })).toEqual([]);
});

import { expect, test } from "vitest";

import { policyChanges } from "./policyChanges";

const lines = (...[before, after]: Parameters<typeof policyChanges>): string[] =>
  policyChanges(before, after).map(({ subject, text, consequences, loud }) =>
    [`${loud ? "! " : ""}${subject}: ${text}`, ...consequences].join("; "),
  );

test("a policy that is made weaker is loud, one that is made stricter is not", () => {
  const weak = { rbac: { level: "disabled", settings: {} }, tls: { level: "advisory", settings: {} } } as const;
  expect(lines({}, weak)).toEqual([
    "! policy rbac: level the pack's -> disabled; violations are no longer reported",
    "! policy tls: level the pack's -> advisory; violations are shown, but do not stop an apply",
  ]);
  expect(lines(weak, { rbac: { level: "advisory", settings: {} }, tls: { level: "mandatory", settings: {} } })).toEqual(
    [
      "policy rbac: level disabled -> advisory; violations are shown, but do not stop an apply",
      "policy tls: level advisory -> mandatory",
    ],
  );
  expect(lines(weak, {})).toEqual([
    "policy rbac: level disabled -> the pack's",
    "policy tls: level advisory -> the pack's",
  ]);
});

test("settings are listed one by one", () => {
  const before = { budget: { settings: { cpu: "4", roles: ["peer"] } } };
  expect(lines(before, { budget: { settings: { cpu: "8", memory: "16Gi", roles: ["peer"] } } })).toEqual([
    "policy budget: cpu 4 -> 8",
    "policy budget: memory the pack's -> 16Gi",
  ]);
});

test("nothing is listed if the earlier levels and settings are unknown", () => {
  expect(lines(undefined, { tls: { level: "disabled", settings: {} } })).toEqual([]);
});

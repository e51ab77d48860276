import { describe, expect, test } from "vitest";

import { formatPath, type Path, Secret, unknownValue } from "../declared/values";
import { RecordedSecret } from "../record/stackRecord";
import { type Comparison, differences } from "./differences";
import { fieldChange } from "./fieldChange";

const comparison: Comparison = {
  digest: (secret) => `digest of ${String(secret)}`,
  unknownChanges: () => false,
};

/** What there is to show of the differences of two Secrets. */
const changes = (before: unknown, after: unknown, more: Partial<Comparison> = {}) =>
  differences(before, after, { ...comparison, ...more }).map((difference) => fieldChange(difference, "Secret"));

describe("fields", () => {
  test("are named by their path, with their old and their new value", () => {
    expect(changes({ spec: { a: 1, b: 2, same: 0 } }, { spec: { a: 3, c: 4, same: 0 } })).toEqual([
      { path: "spec.a", before: 1, after: 3 },
      { path: "spec.b", before: 2 },
      { path: "spec.c", after: 4 },
    ]);
  });

  test("of list elements are named by what tells these apart, wherever they stand", () => {
    const before = {
      env: [
        { name: "A", value: "1" },
        { name: "B", value: "2" },
      ],
    };
    const after = {
      env: [
        { name: "NEW", value: "0" },
        { name: "B", value: "3" },
        { name: "A", value: "1" },
      ],
    };
    expect(changes(before, after)).toEqual([
      { path: "env[name=NEW]", after: { name: "NEW", value: "0" } },
      { path: "env[name=B].value", before: "2", after: "3" },
    ]);
  });

  test("of a list element that takes the place of another are those in which the two differ", () => {
    const list = (...names: string[]) => ({ ports: names.map((name) => ({ name, port: 1 })) });
    expect(changes(list("a", "b"), list("a", "c"))).toEqual([{ path: "ports[name=c].name", before: "b", after: "c" }]);
    expect(changes(list("a", "b"), list("b", "c"))).toEqual([
      { path: "ports[name=a]", before: { name: "a", port: 1 } },
      { path: "ports[name=c]", after: { name: "c", port: 1 } },
    ]);
  });

  test("of lists without names are those that the other list does not hold", () => {
    expect(changes({ hosts: ["a", "b", "c"] }, { hosts: ["x", "b", "c", "a"] })).toEqual([
      { path: "hosts[0]", after: "x" },
    ]);
    expect(changes({ to: [{ p: 1 }, { p: 2 }] }, { to: [{ p: 1 }, { p: 3 }] })).toEqual([
      { path: "to[1].p", before: 2, after: 3 },
    ]);
  });

  test("are there when nothing but the order of a list changes", () => {
    const named = (...names: string[]) => ({ initContainers: names.map((name) => ({ name, image: "i" })) });
    expect(changes(named("enrol", "wait"), named("wait", "enrol"))).toEqual([
      { path: "initContainers", before: ["enrol", "wait"], after: ["wait", "enrol"] },
    ]);
    expect(changes({ args: ["-a", "-b"] }, { args: ["-b", "-a"] })).toEqual([
      { path: "args", before: ["-a", "-b"], after: ["-b", "-a"] },
    ]);
    expect(changes({ rules: [{ to: ["a", "b"] }] }, { rules: [{ to: ["b", "a"] }] })).toEqual([
      { path: "rules[0].to", before: ["a", "b"], after: ["b", "a"] },
    ]);
    expect(changes(named("enrol", "wait"), named("enrol", "wait"))).toEqual([]);
  });

  test("with long texts are shown line by line", () => {
    expect(changes({ file: "a\nb\n" }, { file: "a\nc\n" })).toEqual([{ path: "file", lines: ["  a", "- b", "+ c"] }]);
  });

  test("that are secret are never shown, in whatever form they come", () => {
    const secret = { data: { password: "old" }, spec: { inner: new Secret("hidden") } };
    const other = { data: { password: "new" }, spec: { inner: new Secret("other") } };
    const found = changes(secret, other);
    expect(found).toEqual([
      { path: "data.password", before: "[secret]", after: "[secret]" },
      { path: "spec.inner", before: "[secret]", after: "[secret]" },
    ]);
    expect(JSON.stringify([...found, ...changes({}, secret)])).not.toMatch(/old|new|hidden|other/);
  });

  test("that are secret are compared with a record by digest", () => {
    const before = { data: new RecordedSecret("digest of x") };
    expect(changes(before, { data: new Secret("x") })).toEqual([]);
    expect(changes(before, { data: new Secret("y") })).toEqual([
      { path: "data", before: "[secret]", after: "[secret]" },
    ]);
  });

  test("that are secret are compared in lists too", () => {
    const before = { args: ["-p", new RecordedSecret("digest of x"), new RecordedSecret("digest of y")] };
    const args = (...secrets: string[]) => ({ args: ["-p", ...secrets.map((text) => new Secret(text))] });
    expect(changes(before, args("x", "y"))).toEqual([]);
    expect(changes(before, args("x", "z"))).toEqual([{ path: "args[2]", before: "[secret]", after: "[secret]" }]);
    const shown = ["-p", "[secret]", "[secret]"];
    expect(changes(before, args("y", "x"))).toEqual([{ path: "args", before: shown, after: shown }]);
  });

  test("that are not known yet are asked for by their place in the new object", () => {
    const value = { env: [{ name: "A", value: unknownValue }], args: [unknownValue] };
    const asked: string[] = [];
    const unknownChanges = (path: Path): boolean => asked.push(formatPath(path)) > 0;
    expect(changes(value, value, { unknownChanges }).map(({ path }) => path)).toEqual(["args[0]", "env[name=A].value"]);
    expect(asked).toEqual(["args[0]", "env[0].value"]);
  });

  test("that are not known yet change when what they come from does", () => {
    expect(changes({ a: unknownValue }, { a: unknownValue })).toEqual([]);
    expect(changes({ a: unknownValue }, { a: unknownValue }, { unknownChanges: () => true })).toEqual([
      { path: "a", before: "[unknown]", after: "[unknown]" },
    ]);
  });
});

import fc from "fast-check";
import { load } from "js-yaml";
import { describe, expect, test } from "vitest";

import { isPlainObject } from "../../model/plainData";
import { canonicalJson, canonicalYaml, sameValue } from "./canonical";

const json = fc.jsonValue({ maxDepth: 4 }).filter((value) => !JSON.stringify(value).includes("__proto__"));

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (!isPlainObject(value)) return value;
  const entries = Object.entries(value).reverse();
  return Object.fromEntries(entries.map(([key, inner]) => [key, reversed(inner)]));
}

describe("the canonical form", () => {
  test("does not depend on the order of keys", () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(canonicalJson(reversed(value))).toBe(canonicalJson(value));
        expect(canonicalYaml(reversed(value))).toBe(canonicalYaml(value));
        expect(sameValue(reversed(value), value)).toBe(true);
      }),
    );
  });

  test("as YAML reads back as the same value", () => {
    fc.assert(
      fc.property(json, (value) => void expect(load(canonicalYaml(value))).toEqual(JSON.parse(JSON.stringify(value)))),
    );
  });

  test("has one zero", () => {
    expect(canonicalYaml({ zero: -0 })).toBe("zero: 0\n");
  });

  test("names a Kubernetes object before it describes it", () => {
    const object = {
      spec: { b: 1, a: { name: "x", image: "z" } },
      metadata: { labels: {}, namespace: "dev", name: "m" },
    };
    expect(canonicalYaml({ ...object, kind: "Pod", apiVersion: "v1" })).toBe(
      [
        "apiVersion: v1",
        "kind: Pod",
        "metadata:",
        "  name: m",
        "  namespace: dev",
        "  labels: {}",
        "spec:",
        "  a:",
        "    name: x",
        "    image: z",
        "  b: 1",
        "",
      ].join("\n"),
    );
  });

  test("quotes what YAML 1.1 readers such as kubectl take for something else than text", () => {
    const words = [
      "yes",
      "no",
      "on",
      "off",
      "y",
      "n",
      "012",
      "1_000",
      "1e3",
      "1:30",
      "2001-01-01",
      "0x1f",
      "~",
      "null",
    ];
    for (const word of words) expect(canonicalYaml([word])).toBe(`- '${word}'\n`);
  });

  test("leaves out what is undefined", () => {
    expect(canonicalJson({ b: undefined, a: [{ c: undefined }] })).toBe('{"a":[{}]}');
  });
});

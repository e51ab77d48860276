/** Custom resources of the previous release: they are served, readable and valid as they are. */
import { expect, it } from "vitest";

import { definitions } from "../../model/customResources";
import { definitionName, definitionSpec } from "../../model/customResources/definition";
import { previousProgram } from "./previousRelease";

interface Schema {
  type?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
  required?: string[];
  enum?: string[];
  [rule: string]: unknown;
}

const previous = previousProgram("platform-local").registrations.filter(({ type }) =>
  type.endsWith(":CustomResourceDefinition"),
);

/** What the present schema refuses that the former accepts. Rules in CEL are tried by the API server: tests/cluster/upgrade.test.ts. */
function narrowed(former: Schema, present: Schema | undefined, path: string): string[] {
  if (present === undefined) return [`${path} is gone: its values would be dropped`];
  const problems: string[] = [];
  const same = ["type", "format", "pattern", "x-kubernetes-list-type", "x-kubernetes-list-map-keys"];
  for (const rule of same) {
    if (JSON.stringify(former[rule]) !== JSON.stringify(present[rule])) problems.push(`${path}: ${rule} has changed`);
  }
  for (const [rule, direction] of Object.entries({
    maxLength: 1,
    maxItems: 1,
    maximum: 1,
    minLength: -1,
    minItems: -1,
    minimum: -1,
  })) {
    const [before, now] = [former[rule], present[rule]].map(
      (bound) => Number(bound ?? direction * Infinity) * direction,
    );
    if (now! < before!) problems.push(`${path}: ${rule} is narrower`);
  }
  const removed = (former.enum ?? []).filter((value) => !(present.enum ?? [value]).includes(value));
  if (removed.length > 0 || (present.enum && !former.enum)) problems.push(`${path}: enum lacks values`);
  const required = (present.required ?? []).filter((key) => !(former.required ?? []).includes(key));
  if (required.length > 0) problems.push(`${path}: ${required.join()} is required now`);
  const inner = Object.entries(former.properties ?? {}).flatMap(([key, schema]) =>
    narrowed(schema, present.properties?.[key], `${path}.${key}`),
  );
  return [...problems, ...inner, ...(former.items ? narrowed(former.items, present.items, `${path}[]`) : [])];
}

it.each(previous.map(({ inputs }: { inputs: any }) => [inputs.metadata.name, inputs.spec]))(
  "%s serves every version of the previous release, with a schema that accepts what it accepted",
  (name, former) => {
    const definition = definitions.find((one) => definitionName(one) === name);
    expect(definition, "a kind is never taken away in one release").toBeDefined();
    const present = definitionSpec(definition!);
    for (const version of former.versions) {
      const now = present.versions.find((one) => one.name === version.name);
      expect(now, `${version.name} is gone`).toBeDefined();
      const [before, after] = [version, now as any].map(({ schema }) => schema.openAPIV3Schema as Schema);
      expect(narrowed(before!, after, name)).toEqual([]);
    }
  },
);

it("notices what would refuse or change objects", () => {
  const former = {
    type: "object",
    required: ["a"],
    properties: { a: { type: "string", enum: ["x", "y"], maxLength: 9 }, b: { type: "string" } },
  };
  const present = {
    type: "object",
    required: ["a", "c"],
    properties: { a: { type: "string", enum: ["x"], maxLength: 8 }, c: {} },
  };
  expect(narrowed(former, present, "spec")).toEqual([
    "spec: c is required now",
    "spec.a: maxLength is narrower",
    "spec.a: enum lacks values",
    "spec.b is gone: its values would be dropped",
  ]);
  expect(narrowed(former, { ...former, properties: { ...former.properties, c: {} } }, "spec")).toEqual([]);
});

/**
 * Stack files of the previous release: they work. A key that a release takes away stays in the schema for another release, with a
 * message that says what to write instead.
 */
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { loadStack } from "../../model/project/stacks";
import { schemaFiles } from "../../model/stackFile/jsonSchema";
import { ProjectCopy } from "../projectCopy";
import { previousSchema, previousStackNames, previousStacks } from "./previousRelease";

interface JsonSchema {
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema;
  additionalProperties?: JsonSchema | boolean;
  anyOf?: JsonSchema[];
}

/** The path of every key that a schema knows. */
function keys({ properties = {}, items, additionalProperties, anyOf = [] }: JsonSchema, path = ""): string[] {
  return [
    ...Object.entries(properties).flatMap(([key, inner]) => [`${path}.${key}`, ...keys(inner, `${path}.${key}`)]),
    ...(items ? keys(items, `${path}[]`) : []),
    ...(typeof additionalProperties === "object" ? keys(additionalProperties, `${path}.*`) : []),
    ...anyOf.flatMap((inner) => keys(inner, path)),
  ];
}

describe("a stack file of the previous release", () => {
  let project: ProjectCopy;
  beforeAll(() => {
    project = new ProjectCopy();
    rmSync(join(project.dir, "stacks"), { recursive: true });
    cpSync(previousStacks, join(project.dir, "stacks"), { recursive: true });
  });
  afterAll(() => project.remove());

  it.each(previousStackNames)("is read without a change: %s", (stack) => {
    expect(loadStack(project.dir, stack)).toMatchObject({ name: stack, warnings: [] });
  });

  it.each(["stack.schema.json", "environment.schema.json"] as const)("has no key that is unknown now: %s", (file) => {
    const known = new Set(keys(JSON.parse(schemaFiles("baas")[file]!)));
    const former = keys(previousSchema(file));
    expect(former.length).toBeGreaterThan(50);
    expect([...new Set(former.filter((key) => !known.has(key)))]).toEqual([]);
  });
});

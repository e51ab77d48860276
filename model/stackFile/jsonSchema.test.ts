import { readFileSync } from "node:fs";
import { join } from "node:path";

import { expect, it } from "vitest";

import { schemaFiles } from "./jsonSchema";

it.each(Object.entries(schemaFiles("baas")))("stacks/%s is what `./baas schema` writes", (file, content) => {
  expect(readFileSync(join(__dirname, "..", "..", "stacks", file), "utf8")).toBe(content);
});

it("documents every field of a stack file", () => {
  const undocumented: string[] = [];
  const visit = (path: string, schema: any): void => {
    for (const [key, field] of Object.entries<any>(schema.properties ?? {})) {
      if (path.startsWith("config.baas") && field.description === undefined) undocumented.push(`${path}.${key}`);
      visit(`${path === "" ? "" : `${path}.`}${key}`, field);
    }
    if (schema.items !== undefined) visit(`${path}[]`, schema.items);
  };
  visit("", JSON.parse(schemaFiles("baas")["stack.schema.json"]!));
  expect(undocumented).toEqual([]);
});

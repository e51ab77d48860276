/** The schemas of stack files and environments for editors. */
import { z } from "zod";

import { ethereumSchema } from "./ethereumSchema";
import { environmentSchema, networkSchema, platformSchema } from "./schema";

/**
 * JSON Schemas of the files in stacks/, by file name, as text. An editor with YAML support uses them to
 * complete and check; `.vscode/settings.json` maps them to the files.
 *
 * @param project - name of the project, which is the namespace of keys in stack files
 */
export function schemaFiles(project: string): Record<string, string> {
  const asJson = (schema: z.ZodType): object => z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  const embedded = (schema: z.ZodType): object => {
    const { $schema: _dialect, ...rest } = asJson(schema) as Record<string, unknown>;
    return rest;
  };
  const stack = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Stack file of baas",
    description: "One network of Fabric or Ethereum, or the platform of an environment. Pulumi adds keys of its own.",
    type: "object",
    properties: {
      config: {
        type: "object",
        properties: {
          [`${project}:network`]: embedded(networkSchema),
          [`${project}:ethereum`]: embedded(ethereumSchema),
          [`${project}:platform`]: embedded(platformSchema),
        },
      },
    },
    required: ["config"],
  };
  const text = (schema: object): string => `${JSON.stringify(schema, undefined, 2)}\n`;
  return {
    "stack.schema.json": text(stack),
    "environment.schema.json": text({ title: "Environment of baas", ...asJson(environmentSchema) }),
  };
}

/** Makes a form of a function's parameters, and arguments of what a person has put in. */
import type { JsonSchema, Parameter } from "../../src/session/protocol";

/** A field of a form. */
export interface Field {
  name: string;
  /** Such as `integer`, shown beside the name. */
  type: string;
  kind: "text" | "number" | "boolean" | "choice" | "json";
  /** Of a choice. */
  choices?: string[];
  /** What the field begins with. */
  initial: string;
  description?: string;
  minimum?: number;
  maximum?: number;
}

/** Arguments, or what is wrong by the names of fields. */
export type ReadFields = { arguments: string[] } | { mistakes: Record<string, string> };

/** The fields of a form. */
export function fieldsOf(parameters: readonly Parameter[], schemas: Record<string, JsonSchema> = {}): Field[] {
  return parameters.map(({ name, schema }) => fieldOf(name, schema, schemas));
}

function fieldOf(name: string, given: JsonSchema, schemas: Record<string, JsonSchema>): Field {
  const schema = resolved(given, schemas);
  const { description, minimum, maximum, type = "any" } = schema;
  const common = {
    name,
    type: schema.title === undefined ? type : String(schema.title),
    ...(description && { description }),
  };
  if (schema.enum !== undefined) {
    const choices = schema.enum.map(textOf);
    return { ...common, kind: "choice", choices, initial: choices[0] ?? "" };
  }
  switch (type) {
    case "integer":
    case "number": {
      const limits = { ...(minimum !== undefined && { minimum }), ...(maximum !== undefined && { maximum }) };
      return { ...common, kind: "number", initial: "", ...limits };
    }
    case "boolean":
      return { ...common, kind: "boolean", initial: "false" };
    case "object":
    case "array":
      return { ...common, kind: "json", initial: JSON.stringify(skeleton(schema, schemas), undefined, 2) };
    default:
      return { ...common, kind: "text", initial: "" };
  }
}

/** Follows a reference to a schema of the contract. */
function resolved(schema: JsonSchema, schemas: Record<string, JsonSchema>): JsonSchema {
  const [, name] = /^#?\/?(?:components\/schemas\/)?([^/]+)$/.exec(schema.$ref ?? "") ?? [];
  if (name === undefined) return schema;
  return { type: "object", title: name, ...(Object.hasOwn(schemas, name) ? schemas[name] : {}) };
}

/** A value of a schema, to be filled in. */
function skeleton(given: JsonSchema, schemas: Record<string, JsonSchema>, depth = 0): unknown {
  const schema = resolved(given, schemas);
  if (schema.enum !== undefined) return schema.enum[0];
  // Schemas may refer to each other.
  if (depth > 5) return null;
  switch (schema.type) {
    case "object": {
      const entries = Object.entries(schema.properties ?? {});
      return Object.fromEntries(entries.map(([name, each]) => [name, skeleton(each, schemas, depth + 1)]));
    }
    case "array":
      return [];
    case "integer":
    case "number":
      return 0;
    case "boolean":
      return false;
    default:
      return "";
  }
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

/** Arguments in the order of the fields. */
export function readFields(fields: readonly Field[], inputs: Readonly<Record<string, string>>): ReadFields {
  const mistakes: Record<string, string> = {};
  const values = fields.map((field) => {
    const input = inputs[field.name] ?? field.initial;
    const mistake = mistakeIn(field, input);
    if (mistake !== undefined) mistakes[field.name] = mistake;
    return field.kind === "number" ? input.trim() : input;
  });
  return Object.keys(mistakes).length > 0 ? { mistakes } : { arguments: values };
}

function mistakeIn({ kind, type, minimum, maximum }: Field, input: string): string | undefined {
  if (kind === "json") return isJson(input) ? undefined : "is no JSON";
  if (kind !== "number") return undefined;
  const number = Number(input);
  if (input.trim() === "" || !Number.isFinite(number)) return "is no number";
  if (type === "integer" && !Number.isInteger(number)) return "is no whole number";
  if (minimum !== undefined && number < minimum) return `is less than ${minimum}`;
  if (maximum !== undefined && number > maximum) return `is more than ${maximum}`;
  return undefined;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Arguments of a function that the contract does not describe: a JSON list, or one text a line. */
export function readFreeArguments(text: string): string[] {
  if (text.trim().startsWith("[") && isJson(text)) return (JSON.parse(text) as unknown[]).map(textOf);
  return text === "" ? [] : text.split("\n");
}

/** Transient data: one `name=value` a line. */
export function readTransient(text: string): Record<string, string> | { mistake: string } {
  const entries = text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => /^\s*([^=]+?)\s*=(.*)$/.exec(line));
  if (entries.includes(null)) return { mistake: "write name=value, one a line" };
  return Object.fromEntries(entries.map((found) => [found![1]!, found![2]!]));
}

/**
 * Turns zod's issues into lines that a person can act on: the path, the value, what is allowed, and the key that was
 * probably meant.
 */
import { z } from "zod";

import { closest, didYouMean } from "../didYouMean";
import { UserError } from "../userError";

/** A mistake, or a warning, at one place of one file. */
export interface Finding {
  /** Where: a path such as `baas:network.channels[0].organizations[1]`. */
  path: string;
  /** What is wrong and what to write instead. */
  message: string;
}

/** Bad configuration, with one line for each mistake. */
export class ConfigurationError extends UserError {
  override name = "ConfigurationError";

  constructor(
    /** File in which the mistakes are, relative to the project. */
    readonly file: string,
    /** The mistakes. */
    readonly findings: Finding[],
  ) {
    const count = findings.length === 1 ? "1 mistake" : `${findings.length} mistakes`;
    super([`${file}: ${count}`, ...findings.map(formatFinding)].join("\n"));
  }
}

/** One finding as a line of output. */
export function formatFinding(finding: Finding): string {
  return `  ${finding.path}: ${finding.message}`;
}

/**
 * Parses a value with a schema.
 *
 * @param file - file the value comes from, for the error
 * @param root - path of the value in that file, such as `baas:network`
 * @throws {@link ConfigurationError} naming every mistake
 */
export function parseConfiguration<S extends z.ZodType>(
  schema: S,
  value: unknown,
  file: string,
  root: string,
): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) {
    const ignored = ignoredKeys(value).map((path) => ({ path: formatPath(root, path), message: "unknown key" }));
    if (ignored.length > 0) throw new ConfigurationError(file, ignored);
    return result.data;
  }
  const jsonSchema = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonSchema;
  const findings = result.error.issues.flatMap((issue) => describe(issue, jsonSchema, value, root));
  throw new ConfigurationError(file, findings);
}

/** Paths of keys `__proto__`, which zod leaves out where any key is allowed. */
function ignoredKeys(value: unknown, path: readonly PropertyKey[] = []): PropertyKey[][] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const place = [...path, Array.isArray(value) ? Number(key) : key];
    return key === "__proto__" ? [place] : ignoredKeys(inner, place);
  });
}

interface JsonSchema {
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema;
  additionalProperties?: JsonSchema;
}

function describe(issue: z.core.$ZodIssue, schema: JsonSchema, value: unknown, root: string): Finding[] {
  const path = formatPath(root, issue.path);
  const actual = show(valueAt(value, issue.path));
  switch (issue.code) {
    case "unrecognized_keys": {
      const allowed = Object.keys(schemaAt(schema, issue.path)?.properties ?? {});
      return issue.keys.map((key) => unknownKey(formatPath(root, [...issue.path, key]), key, allowed));
    }
    case "invalid_value": {
      const allowed = issue.values.map(String);
      const likely = closest(String(valueAt(value, issue.path)), allowed);
      const hint = likely === undefined ? "" : ` Did you mean ${likely}?`;
      return [{ path, message: `${actual} is not allowed.${hint} Allowed: ${allowed.join(", ")}` }];
    }
    case "invalid_type":
      return [
        valueAt(value, issue.path) === undefined
          ? { path, message: `is missing (${issue.expected})` }
          : { path, message: `${actual} is not allowed: ${expectation(issue)}` },
      ];
    case "too_small":
    case "too_big": {
      const bound = issue.code === "too_small" ? `at least ${issue.minimum}` : `at most ${issue.maximum}`;
      const said = /^Too (small|big)/.test(issue.message) ? bound : issue.message;
      return [{ path, message: `${actual} is not allowed: ${said}` }];
    }
    case "invalid_key": {
      const key = show(issue.path.at(-1));
      return [
        { path, message: `the key ${key} is not allowed: ${issue.issues.map(({ message }) => message).join(", ")}` },
      ];
    }
    default:
      return [{ path, message: `${actual} is not allowed: ${issue.message}` }];
  }
}

/** The expected type, for a value of another type; the schema's own message if it has one. */
function expectation(issue: z.core.$ZodIssueInvalidType): string {
  if (!issue.message.startsWith("Invalid input")) return issue.message;
  if (issue.expected === "string") return "a text is expected; put it in quotes";
  return `${{ int: "a whole number", number: "a number", boolean: "true or false", array: "a list" }[String(issue.expected)] ?? issue.expected} is expected`;
}

/** Formats a path: `channels[0].organizations`. */
export function formatPath(root: string, path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, key) => text + (typeof key === "number" ? `[${key}]` : text === "" ? String(key) : `.${String(key)}`),
    root,
  );
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<any>((at, key) => at?.[key], value);
}

function schemaAt(schema: JsonSchema, path: readonly PropertyKey[]): JsonSchema | undefined {
  return path.reduce<JsonSchema | undefined>(
    (at, key) => (typeof key === "number" ? at?.items : (at?.properties?.[String(key)] ?? at?.additionalProperties)),
    schema,
  );
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** A finding on an unknown key. */
export function unknownKey(path: string, key: string, allowed: readonly string[]): Finding {
  return { path, message: `unknown key.${didYouMean(key, allowed)} Allowed: ${allowed.join(", ")}` };
}

/** A finding on an unknown name. */
export function unknownName(path: string, what: string, name: string, known: readonly string[]): Finding {
  const there = known.join(", ") || "none";
  return { path, message: `there is no ${what} "${name}".${didYouMean(name, known)} There are: ${there}` };
}

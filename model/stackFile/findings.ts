/**
 * Turns zod's issues into lines that a person can act on: the path, the value, what is allowed, and the key that was
 * probably meant.
 */
import { z } from "zod";

import { closest, didYouMean } from "../didYouMean";
import { formatPath, inQuotes, listed, shownValue, visible } from "../messageText";
import { UserError } from "../userError";

/** A mistake, or a warning, at one place of one file. */
export interface Finding {
  /** Where: a path such as `baas:network.channels[0].organizations[1]`. */
  path: string;
  /** What is wrong and what to write instead. */
  message: string;
  /** What may be written there, to follow the message. An error says it once, however many of its places have the same. */
  choices?: string;
}

/** Most mistakes that an error lists. */
const mostFindings = 50;

/** Longest message of a mistake, in characters. */
const longestMessage = 2500;

/** Bad configuration, with one line for each mistake; of very many, for the first ones. */
export class ConfigurationError extends UserError {
  override name = "ConfigurationError";
  /** The mistakes. */
  readonly findings: Finding[];

  /**
   * @param file - file in which the mistakes are, relative to the project
   * @param found - the mistakes, or the first ones
   * @param total - number of all mistakes
   */
  constructor(
    readonly file: string,
    found: readonly Finding[],
    total = found.length,
  ) {
    const first = found.slice(0, mostFindings);
    const more = total - first.length;
    const rest = more > 0 ? [{ path: "(file)", message: `${more} more mistakes, which are not listed` }] : [];
    const findings = withChoicesOnce([...first, ...rest]);
    super([`${file}: ${total === 1 ? "1 mistake" : `${total} mistakes`}`, ...findings.map(formatFinding)].join("\n"));
    this.findings = findings;
  }
}

/** Findings as they are shown: what may be written is in the message, at the first place. */
function withChoicesOnce(found: readonly Finding[]): Finding[] {
  const said = new Set<string>();
  return found.map(({ path, message, choices = "" }) => {
    const text = choices === "" || said.has(choices) ? message : `${message} ${choices}`;
    said.add(choices);
    return { path, message: text.length > longestMessage ? `${text.slice(0, longestMessage)} ...` : text };
  });
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
  const issues = withoutDoubles(result.error.issues);
  const findings = issues.slice(0, mostFindings).flatMap((issue) => describe(issue, jsonSchema, value, root));
  const total = issues.reduce((sum, issue) => sum + (issue.code === "unrecognized_keys" ? issue.keys.length : 1), 0);
  throw new ConfigurationError(file, findings, total);
}

/** Without the bound of whole numbers in general, where the field has a narrower one. */
function withoutDoubles(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue[] {
  const isGeneral = (issue: z.core.$ZodIssue): boolean =>
    (issue.code === "too_big" && issue.maximum === Number.MAX_SAFE_INTEGER) ||
    (issue.code === "too_small" && issue.minimum === Number.MIN_SAFE_INTEGER);
  return issues.filter((issue, i) => !isGeneral(issue) || !isAt(issues[i + 1], issue.path));
}

function isAt(issue: z.core.$ZodIssue | undefined, path: readonly PropertyKey[]): boolean {
  return issue !== undefined && formatPath("", issue.path) === formatPath("", path);
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
  propertyNames?: { enum?: string[] };
}

function describe(issue: z.core.$ZodIssue, schema: JsonSchema, value: unknown, root: string): Finding[] {
  const path = formatPath(root, issue.path);
  const actual = shownValue(valueAt(value, issue.path));
  switch (issue.code) {
    case "unrecognized_keys": {
      const { properties = {}, propertyNames } = schemaAt(schema, issue.path) ?? {};
      const allowed = propertyNames?.enum ?? Object.keys(properties);
      return issue.keys
        .slice(0, mostFindings)
        .map((key) => unknownKey(formatPath(root, [...issue.path, key]), key, allowed));
    }
    case "invalid_value": {
      const allowed = issue.values.map(String);
      const likely = closest(String(valueAt(value, issue.path)), allowed);
      const hint = likely === undefined ? "" : ` Did you mean ${likely}?`;
      return [{ path, message: `${actual} is not allowed.${hint} Allowed: ${allowed.join(", ")}` }];
    }
    case "invalid_type":
      return [{ path, message: otherType(issue, valueAt(value, issue.path), actual) }];
    case "too_small":
    case "too_big": {
      const [least, bound] = issue.code === "too_small" ? ["at least", issue.minimum] : ["at most", issue.maximum];
      const [one, many] = units[issue.origin] ?? ["", ""];
      const rule = `${least} ${bound}${Number(bound) === 1 ? one : many}`;
      const said = /^Too (small|big)/.test(issue.message) ? rule : issue.message;
      return [{ path, message: `${actual} is not allowed: ${said}` }];
    }
    case "invalid_format":
      return [
        { path, message: `${actual} is not allowed: ${issue.message}${oddCharacter(valueAt(value, issue.path))}` },
      ];
    case "invalid_key": {
      const key = shownValue(issue.path.at(-1));
      return [
        { path, message: `the key ${key} is not allowed: ${issue.issues.map(({ message }) => message).join(", ")}` },
      ];
    }
    default:
      return [{ path, message: `${actual} is not allowed: ${issue.message}` }];
  }
}

/** What bounds count, one and many. */
const units: Record<string, [string, string]> = {
  string: [" character", " characters"],
  array: [" entry", " entries"],
};

/** Names a character that looks like one that is allowed, such as a Cyrillic letter. */
function oddCharacter(value: unknown): string {
  const [odd] = /[^ -~\n\t]/u.exec(String(value)) ?? [];
  if (odd === undefined) return "";
  const code = odd.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
  return `; "${visible(odd)}" is the character U+${code}`;
}

function otherType(issue: z.core.$ZodIssueInvalidType, value: unknown, actual: string): string {
  if (value === undefined) return `is missing (${issue.expected})`;
  if (value === null) return `has no value: ${expectation(issue, value)}`;
  return `${actual} is not allowed: ${expectation(issue, value)}`;
}

const types: Record<string, string> = {
  int: "a whole number",
  number: "a number",
  string: "a text",
  boolean: "true or false",
  array: "a list",
  object: "keys and values",
  record: "keys and values",
};

/** The expected type, for a value of another type; the schema's own message if it has one. */
function expectation(issue: z.core.$ZodIssueInvalidType, value: unknown): string {
  if (!issue.message.startsWith("Invalid input")) return issue.message;
  const type = types[String(issue.expected)] ?? issue.expected;
  const remedy = issue.expected === "string" && typeof value !== "object" ? "; put it in quotes" : "";
  return `${type} ${type === types.object ? "are" : "is"} expected${remedy}`;
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

/** A finding on an unknown key. */
export function unknownKey(path: string, key: string, allowed: readonly string[]): Finding {
  return { path, message: `unknown key.${didYouMean(key, allowed)}`, choices: `Allowed: ${listed(allowed)}` };
}

/** A finding on an unknown name. */
export function unknownName(path: string, what: string, name: string, known: readonly string[]): Finding {
  return {
    path,
    // Of very many mistakes only the first are shown, and guesses take time.
    get message() {
      return `there is no ${what} ${inQuotes(name)}.${didYouMean(name, known)}`;
    },
    get choices() {
      return `There are: ${listed(known) || "none"}`;
    },
  };
}

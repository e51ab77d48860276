/** Writes changes of resources and fields as text, for previews and differences. */
import { isPlainObject } from "../../../model/plainData";
import { compareKeys } from "../../common/canonical";
import type { Paint } from "../../common/colors";
import { escapeControls } from "../../common/controlCharacters";
import { isUnknown, Secret } from "../declared/values";
import type { FieldChange } from "./fieldChange";

const longestValue = 140;
const longestLine = 120;
const mostLines = 16;

/** Sign and colour of a step. */
export const operationLooks = {
  create: { sign: "+ ", style: "green" },
  update: { sign: "~ ", style: "yellow" },
  replace: { sign: "+-", style: "magenta" },
  delete: { sign: "- ", style: "red" },
  read: { sign: "> ", style: "cyan" },
  same: { sign: "  ", style: "dim" },
} as const;

/** How a field is shown. */
export interface FieldLook {
  paint: Paint;
  /** Whether to shorten long values, as another option shows them in full. */
  excerpt?: boolean;
  /** A note behind the field. */
  note?: string;
}

/** The lines of a changed field: a single one if its values fit. */
export function fieldLines(field: FieldChange, look: FieldLook): string[] {
  const { path, before, after, lines } = field;
  const { paint, excerpt = false, note = "" } = look;
  const name = paint("yellow", escapeControls(path));
  if (lines !== undefined) return [`${name}:${note}`, ...textLines(lines, look)];
  if (before === undefined) return signed("+", path, after, look);
  if (after === undefined) return signed("-", path, before, look);
  const [old, now] = [flowText(before), flowText(after)];
  if (Math.max(old.length, now.length) <= longestValue) return [`${name}: ${old} -> ${now}${note}`];
  if (excerpt) return [`${name}: ${differing(old, now).join(" -> ")}${note}`];
  return [...signed("-", path, before, look), ...signed("+", path, after, { paint })];
}

/** A value under its name, indented like YAML. */
export function valueLines(name: string, value: unknown): string[] {
  const title = escapeControls(name);
  if (Array.isArray(value) && value.length > 0) {
    return [`${title}:`, ...value.flatMap((element, i) => indented(valueLines(`[${i}]`, element)))];
  }
  if (isPlainObject(value) && Object.keys(value).length > 0) {
    const keys = Object.keys(value).sort(compareKeys);
    return [`${title}:`, ...keys.flatMap((key) => indented(valueLines(key, value[key])))];
  }
  if (typeof value === "string" && value.includes("\n")) {
    return [`${title}: |`, ...indented(escapeControls(value).replace(/\n$/, "").split("\n"))];
  }
  return [`${title}: ${scalarText(value)}`];
}

/** An added or removed value. */
function signed(
  sign: "+" | "-",
  path: string,
  value: unknown,
  { paint, excerpt = false, note = "" }: FieldLook,
): string[] {
  const text = flowText(value);
  const lines =
    text.length > longestValue && !excerpt
      ? valueLines(path, value)
      : [`${escapeControls(path)}: ${shortened(text, longestValue)}`];
  const style = sign === "+" ? "green" : "red";
  return lines.map((line, i) => `${paint(style, `${i === 0 ? sign : " "} ${line}`)}${i === 0 ? note : ""}`);
}

function textLines(lines: readonly string[], { paint, excerpt = false }: FieldLook): string[] {
  const painted = (line: string): string =>
    line.startsWith("+") ? paint("green", line) : line.startsWith("-") ? paint("red", line) : line;
  const escaped = lines.map(escapeControls);
  if (!excerpt) return indented(escaped.map(painted));
  const shown = escaped.slice(0, mostLines).map((line) => painted(shortened(line, longestLine)));
  const more = lines.length - mostLines;
  return indented([...shown, ...(more > 0 ? [`... ${more} more line${more === 1 ? "" : "s"}: see --json`] : [])]);
}

function shortened(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 3)}...` : text;
}

/** Two values, shortened to the part in which they differ. */
function differing(before: string, after: string): [string, string] {
  let start = 0;
  while (start < Math.min(before.length, after.length) && before[start] === after[start]) start++;
  const from = Math.max(0, start - 30);
  const part = (text: string): string => `${from > 0 ? "..." : ""}${shortened(text.slice(from), longestValue)}`;
  return [part(before), part(after)];
}

/** A value on one line, quoted only where necessary. */
function flowText(value: unknown): string {
  return escapeControls(flow(value));
}

function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(", ")}]`;
  if (isPlainObject(value)) {
    const entries = Object.entries(value).map(([key, inner]) => `${key}: ${flow(inner)}`);
    return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
  }
  if (typeof value === "string" && /^[^\s"',{}#][^\n"{}]*$/.test(value)) return value;
  return JSON.stringify(value) ?? "";
}

function scalarText(value: unknown): string {
  if (isUnknown(value) || value === "[unknown]") return "[unknown]";
  if (value instanceof Secret || value === "[secret]") return "[secret]";
  return escapeControls(JSON.stringify(value) ?? "");
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}

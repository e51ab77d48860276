/** How changes of resources and their fields are written. */
import { isPlainObject } from "../../../model/plainData";
import { canonical, compareKeys } from "../../common/canonical";
import type { Paint } from "../../common/colors";
import { lineDifference } from "../../common/lineDifference";
import { formatPath, isUnknown, Secret } from "../declared/values";
import { RecordedSecret } from "../record/stackRecord";
import type { Step } from "./changeSet";
import type { Difference } from "./valueDifferences";

/** Sign and colour of what happens to a resource. */
export const operationLooks = {
  create: { sign: "+ ", style: "green" },
  update: { sign: "~ ", style: "yellow" },
  replace: { sign: "+-", style: "magenta" },
  delete: { sign: "- ", style: "red" },
  read: { sign: "> ", style: "cyan" },
  same: { sign: "  ", style: "dim" },
} as const;

/** Lines of one resource: what it is created with, or what changes in it. */
export function fieldLines({ op, after, differences, replacing }: Step, paint: Paint): string[] {
  if (op === "create") {
    const inputs = canonical(after?.inputs ?? {}) as Record<string, unknown>;
    return Object.keys(inputs)
      .sort(compareKeys)
      .flatMap((key) => valueLines(key, inputs[key]));
  }
  return differences.flatMap((difference) => {
    const note = replacing.includes(difference) ? paint("magenta", " (replaces)") : "";
    return changeLines(difference, note, paint);
  });
}

/** A value under its name, indented like YAML. */
export function valueLines(name: string, value: unknown): string[] {
  if (Array.isArray(value) && value.length > 0) {
    return [`${name}:`, ...value.flatMap((element, i) => indented(valueLines(`[${i}]`, element)))];
  }
  if (isPlainObject(value) && Object.keys(value).length > 0) {
    const keys = Object.keys(value).sort(compareKeys);
    return [`${name}:`, ...keys.flatMap((key) => indented(valueLines(key, value[key])))];
  }
  if (typeof value === "string" && value.includes("\n")) {
    return [`${name}: |`, ...indented(value.replace(/\n$/, "").split("\n"))];
  }
  return [`${name}: ${scalarText(value)}`];
}

function changeLines({ path, kind, before, after }: Difference, note: string, paint: Paint): string[] {
  const name = formatPath(path);
  if (kind === "add") return signed("+", valueLines(name, after), note, (line) => paint("green", line));
  if (kind === "delete") return signed("-", valueLines(name, before), note, (line) => paint("red", line));
  if (typeof before === "string" && typeof after === "string" && `${before}${after}`.includes("\n")) {
    return [
      `${paint("yellow", `~ ${name}`)}:${note}`,
      ...indented(lineDifference(before, after).map((line) => paintedLine(line, paint))),
    ];
  }
  if (typeof before === "object" || typeof after === "object") {
    const isOpaque = [before, after].some((value) => isUnknown(value) || isSecret(value));
    if (!isOpaque) {
      return [
        ...signed("-", valueLines(name, before), note, (line) => paint("red", line)),
        ...signed("+", valueLines(name, after), "", (line) => paint("green", line)),
      ];
    }
  }
  return [`${paint("yellow", `~ ${name}`)}: ${scalarText(before)} => ${scalarText(after)}${note}`];
}

function signed(sign: string, lines: readonly string[], note: string, style: (line: string) => string): string[] {
  return lines.map((line, i) => `${style(`${i === 0 ? sign : " "} ${line}`)}${i === 0 ? note : ""}`);
}

/** A line of a difference, coloured by what it says. */
export function paintedLine(line: string, paint: Paint): string {
  return line.startsWith("+") ? paint("green", line) : line.startsWith("-") ? paint("red", line) : line;
}

function isSecret(value: unknown): boolean {
  return value instanceof Secret || value instanceof RecordedSecret;
}

function scalarText(value: unknown): string {
  if (isUnknown(value)) return "[unknown]";
  if (isSecret(value)) return "[secret]";
  return JSON.stringify(value) ?? "";
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}

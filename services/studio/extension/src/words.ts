/** What the extension shows, in words. */
import type { CallOutcome, Value } from "../../src/session/protocol";

/** Text of a value; JSON is laid out over lines. */
export function shown(value: Value | undefined): string {
  if (value === undefined) return "";
  if ("base64" in value) return `base64: ${value.base64}`;
  try {
    const parsed: unknown = JSON.parse(value.text);
    return typeof parsed === "object" && parsed !== null ? JSON.stringify(parsed, undefined, 2) : value.text;
  } catch {
    return value.text;
  }
}

/** A value in short. */
export function inShort(value: Value | undefined, longest = 60): string {
  if (value === undefined) return "none";
  const text = "base64" in value ? `base64: ${value.base64}` : value.text.replace(/\s+/g, " ");
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
}

/** A key with its parts, if it is a composite one. */
export function keyInWords(key: string): string {
  const parts = key.split("\0");
  if (parts[0] !== "" || parts.length < 3) return key.replaceAll("\0", "␀");
  const [, type, ...values] = parts;
  return `${type} (${values.slice(0, -1).join(", ")})`;
}

/** The headline of an outcome. */
export function headline({ succeeded, validationCode, blockNumber, milliseconds }: CallOutcome): string {
  const took = `${milliseconds} ms`;
  if (!succeeded)
    return validationCode === undefined ? `failed after ${took}` : `not valid: ${validationCode}, ${took}`;
  if (validationCode === undefined) return `evaluated in ${took}`;
  const where = blockNumber === undefined ? "" : ` in block ${blockNumber}`;
  return `${validationCode}${where}, ${took}`;
}

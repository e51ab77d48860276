/** Makes control characters visible: characters in values must not control a terminal or change the direction of text. */
import { escaped } from "../../model/messageText";
import { isPlainObject } from "../../model/plainData";

/** Writes every control character of a text as an escape such as `\u001b`; newlines and tabs stay. */
export function escapeControls(text: string): string {
  return escaped(text, /(?![\n\t])[\p{Cc}\p{Cf}]/gu);
}

/** Copies a value with the control characters of all its texts and keys made visible. */
export function escapeControlsIn<T>(value: T): T {
  return copy(value) as T;
}

function copy(value: unknown): unknown {
  if (typeof value === "string") return escapeControls(value);
  if (Array.isArray(value)) return value.map(copy);
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [escapeControls(key), copy(inner)]));
}

/** Makes control characters visible: characters in values must not control a terminal or change the direction of text. */
import { isPlainObject } from "../../model/plainData";

/** Writes every control character of a text as an escape such as `\u001b`; newlines and tabs stay. */
export function escapeControls(text: string): string {
  return text.replace(/(?![\n\t])[\p{Cc}\p{Cf}]/gu, (character) =>
    Array.from({ length: character.length }, (_, i) => character.charCodeAt(i))
      .map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`)
      .join(""),
  );
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

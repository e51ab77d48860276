/** Characters that steer a terminal or turn the direction of reading: values may hold them, readers must not obey them. */
import { isPlainObject } from "../../model/plainData";

/** A text in which every such character is written as `\u001b`; ends of lines and tabs stay. */
export function escapeControls(text: string): string {
  return text.replace(/(?![\n\t])[\p{Cc}\p{Cf}]/gu, (character) =>
    Array.from({ length: character.length }, (_, i) => character.charCodeAt(i))
      .map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`)
      .join(""),
  );
}

/** A copy with every text in it made visible, keys included. */
export function escapeControlsIn<T>(value: T): T {
  return copy(value) as T;
}

function copy(value: unknown): unknown {
  if (typeof value === "string") return escapeControls(value);
  if (Array.isArray(value)) return value.map(copy);
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [escapeControls(key), copy(inner)]));
}

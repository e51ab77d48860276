/** Paths, texts and lists of names in messages: readable and short, however odd they are. */

/** Longest text that a message repeats, in characters. */
const longest = 60;

// Neither seen nor told from a usual space: control and format characters, line separators, other spaces.
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/gu;

/** Writes characters that nobody sees as escapes such as `\u200b`. */
export function visible(text: string): string {
  return escaped(text, unseen);
}

/**
 * Writes characters of a text as escapes such as `\u200b`.
 *
 * @param characters - a global pattern that matches each of them
 */
export function escaped(text: string, characters: RegExp): string {
  return text.replace(characters, (character) =>
    Array.from({ length: character.length }, (_, i) => character.charCodeAt(i))
      .map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`)
      .join(""),
  );
}

/** The start of a text that is too long for a message, with visible characters only. */
export function clipped(text: string, length = longest): string {
  return visible(text.length > length ? `${text.slice(0, length - 3)}...` : text);
}

/** A text of a file as messages show it: clipped, in quotes. */
export function inQuotes(text: string, length = longest): string {
  return `"${clipped(text, length)}"`;
}

/** A value as JSON, clipped. */
export function shownValue(value: unknown): string {
  // JSON has no other numbers; YAML has.
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  return clipped(JSON.stringify(value) ?? "nothing");
}

/** Formats a path: `channels[0].organizations`. An odd key is in quotes. */
export function formatPath(root: string, path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`;
    const name = String(key);
    if (!/^[^\s"[\]]+$/.test(name) || clipped(name) !== name) return `${text}[${clipped(JSON.stringify(name))}]`;
    return text === "" ? name : `${text}.${name}`;
  }, root);
}

const mostNames = 40;

/** Names with commas between them; of many, the first ones. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, mostNames).map((name) => clipped(name));
  const more = names.length - shown.length;
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join(", ");
}

/** Checks of the arguments that transactions take; each failure names the argument and the rule. */

const idPattern = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/;

/** A valid asset id. CouchDB refuses keys that start with an underscore, hence the narrow alphabet. */
export function assetId(name: string, value: string): string {
  return check(
    name,
    value,
    idPattern.test(value),
    "have 1 to 64 letters, digits, '.', '_', ':' or '-' and start with a letter or digit",
  );
}

/** A text of `min` to `max` characters without control characters; one that must not be empty must not be blank. */
export function text(name: string, value: string, min: number, max: number): string {
  const fits = value.length <= max && (min === 0 || value.trim().length >= min) && !/\p{Cc}/u.test(value);
  const blanks = min === 0 ? "" : " and not only blanks";
  return check(name, value, fits, `have ${min} to ${max} characters, no control characters${blanks}`);
}

/** A whole number from `min` to `max`. */
export function wholeNumber(name: string, value: number, min: number, max: number): number {
  return check(
    name,
    value,
    Number.isSafeInteger(value) && value >= min && value <= max,
    `be a whole number from ${min} to ${max}`,
  );
}

/** The two keys of a range, either of them empty for "no bound". */
export function rangeBounds(startKey: string, endKey: string): [start: string, end: string] {
  text("startKey", startKey, 0, 128);
  text("endKey", endKey, 0, 128);
  check("startKey", startKey, endKey === "" || startKey <= endKey, `not sort after endKey ${JSON.stringify(endKey)}`);
  return [startKey, endKey];
}

function check<T extends string | number>(name: string, value: T, ok: boolean, rule: string): T {
  if (ok) return value;
  const shown = typeof value === "string" && value.length > 80 ? `${value.slice(0, 80)}…` : value;
  const got = Number.isNaN(value) ? "no number" : JSON.stringify(shown);
  throw new Error(`Argument "${name}" must ${rule}; got ${got}`);
}

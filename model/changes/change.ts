/** One change of a network in its own terms, and how lists of things are compared and named. */

/** What changes in a network. */
export interface NetworkChange {
  action: "add" | "remove" | "change";
  /** What it is about, such as `channel trades`. */
  subject: string;
  /** What it is, or was; for a change the old and the new value. */
  text: string;
  /** What follows from it. */
  consequences: string[];
  /** Whether the user must look: something is lost, refused or surprising. */
  loud: boolean;
}

/** An addition. */
export function added(subject: string, text: string, consequences: string[] = []): NetworkChange {
  return { action: "add", subject, text, consequences, loud: false };
}

/** A removal. */
export function removed(subject: string, text: string, consequences: string[] = []): NetworkChange {
  return { action: "remove", subject, text, consequences, loud: true };
}

/** A changed setting, as one change; none when the values are equal. */
export function changed(
  subject: string,
  what: string,
  before: string | number | boolean,
  after: string | number | boolean,
  { consequences, loud = false }: { consequences: string[]; loud?: boolean },
): NetworkChange[] {
  if (before === after) return [];
  return [
    { action: "change", subject, text: `${what} ${valueText(before)} -> ${valueText(after)}`, consequences, loud },
  ];
}

const valueText = (value: string | number | boolean): string =>
  value === true ? "yes" : value === false ? "no" : String(value);

/** Settings that belong together, as one change; none when they are equal. */
export function changedTogether(
  subject: string,
  what: string,
  before: Record<string, string | number>,
  after: Record<string, string | number>,
  consequence: string,
): NetworkChange[] {
  const keys = Object.keys({ ...before, ...after }).filter((key) => before[key] !== after[key]);
  if (keys.length === 0) return [];
  const text = `${what} ${keys.map((key) => `${key} ${before[key]} -> ${after[key]}`).join(", ")}`;
  return [{ action: "change", subject, text, consequences: [consequence], loud: false }];
}

/** The elements of two lists that are new, gone, or in both. */
export function matched<T>(
  before: readonly T[],
  after: readonly T[],
  keyOf: (element: T) => string,
): { come: T[]; gone: T[]; kept: [T, T][] } {
  const [old, now] = [before, after].map((list) => new Map(list.map((one) => [keyOf(one), one])));
  return {
    come: after.filter((one) => !old!.has(keyOf(one))),
    gone: before.filter((one) => !now!.has(keyOf(one))),
    kept: after.flatMap((one): [T, T][] => (old!.has(keyOf(one)) ? [[old!.get(keyOf(one))!, one]] : [])),
  };
}

/** `2 peers`. */
export function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

/** `channel a`, or `channels a, b`. */
export function named(what: string, names: readonly string[]): string {
  return `${what}${names.length === 1 ? "" : "s"} ${names.join(", ")}`;
}

/** The name of a thing, for `map`. */
export function nameOf({ name }: { name: string }): string {
  return name;
}

/** Plain data as JSON has it, and an order of text that is the same on every machine. */

/** Whether a value is an object with keys of its own: not an array, nor an instance of a class. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** Orders text by code unit, which does not depend on the machine's locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

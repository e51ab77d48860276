/** Plain data, as files and programs hold it. */

/** Whether a value is an object of keys and values: no list, no null, no instance of a class. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** The name of this product's command, as messages show it. */

// The launcher passes on the name by which the user called it.
const called = process.env.BAAS_COMMAND ?? "./baas";

/**
 * A command line for a hint: what the user can run next.
 *
 * @param words - the command and its arguments, such as `"apply", stack`; undefined and empty ones are left out
 * @returns for example `./baas apply dev`
 */
export function baas(...words: readonly (string | undefined)[]): string {
  return [called, ...words.filter((word) => word !== undefined && word !== "")].join(" ");
}

/** How messages name this product's command. */

// The launcher says how the user has called it.
const called = process.env.BAAS_COMMAND ?? "./baas";

/**
 * A command line for a hint: what the user can run next.
 *
 * @param words - the command and its arguments, such as `"apply", stack`; what is undefined or empty is left out
 * @returns for example `./baas apply dev`
 */
export function baas(...words: readonly (string | undefined)[]): string {
  return [called, ...words.filter((word) => word !== undefined && word !== "")].join(" ");
}

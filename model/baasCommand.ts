/** The name of this product's command, as messages show it. */

// The launcher passes on the name by which the user called it.
const called = process.env.BAAS_COMMAND ?? "./baas";

/**
 * A command line for a hint: what the user can run next.
 *
 * @param command - the command, such as `local up`
 * @param words - its arguments, quoted for a shell if necessary; undefined ones are left out
 * @returns for example `./baas apply dev`
 */
export function baas(command: string, ...words: readonly (string | undefined)[]): string {
  return [called, command, ...words.filter((word) => word !== undefined).map(shellWord)].join(" ");
}

/** A word of a command line, quoted for a shell if necessary. */
export function shellWord(word: string): string {
  return /^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

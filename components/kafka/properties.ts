/** Writes Java's properties files. */

/**
 * The text of a properties file.
 *
 * @throws Error for a value that would need escapes
 */
export function propertiesFile(properties: Record<string, string | number | boolean>): string {
  return Object.entries(properties)
    .map(([key, value]) => {
      if (/[\\\n\r]|^\s/.test(String(value)))
        throw new Error(`${key} cannot be written to a properties file: ${value}`);
      return `${key}=${value}\n`;
    })
    .join("");
}

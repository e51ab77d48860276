/** Settings of a service: a JSON file that its pod mounts. */
import { readFileSync } from "node:fs";

import type { ZodType } from "zod";

import { Failure } from "./failure";

/**
 * Reads settings.
 *
 * @throws {@link Failure} that names the mistakes
 */
export function readSettingsFile<T>(schema: ZodType<T>, path: string): T {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new Failure(`${path} cannot be read: ${(error as Error).message}`);
  }
  return checkedSettings(schema, value, path);
}

/**
 * Checks settings, and fills in the defaults.
 *
 * @throws {@link Failure} that names the mistakes
 */
export function checkedSettings<T>(schema: ZodType<T>, value: unknown, path = "the settings"): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const mistakes = parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  throw new Failure(`${path} has mistakes: ${mistakes.join("; ")}`);
}

/** YAML and JSON inside texts. */
import { loadAll } from "js-yaml";

/**
 * The documents of a text that are lists or mappings.
 *
 * @returns none for a text that is no YAML
 */
export function documentsIn(text: string): object[] {
  // Certificates, scripts and binary data are not parsed, which would take time.
  if (!/[:{[-]/.test(text) || /^(-----BEGIN|#!)|[\0\uFFFD]/.test(text)) return [];
  try {
    return loadAll(text).filter((document): document is object => typeof document === "object" && document !== null);
  } catch {
    return [];
  }
}

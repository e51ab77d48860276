/** YAML files, parsed again only when their text changes: each stack reads the files of all others. */
import { readFileSync } from "node:fs";

import { CORE_SCHEMA, FAILSAFE_SCHEMA, load, mergeTag, type Schema } from "js-yaml";

/** Content of a YAML file; undefined if it is empty. */
export interface YamlFile {
  content: unknown;
  /** The same with the text of every scalar as it was written, so that 1.10 stays 1.10. */
  texts: unknown;
}

const parsed = new Map<string, { text: string; file: YamlFile }>();

/**
 * Reads a YAML file.
 *
 * @param path - path of the file
 * @param shown - name of the file in errors
 * @throws YAMLException when it is not YAML; an error of the system when it cannot be read
 */
export function readYamlFile(path: string, shown: string): YamlFile {
  const text = readFileSync(path, "utf8");
  const known = parsed.get(path);
  if (known?.text === text) return known.file;
  const parse = (schema: Schema): unknown =>
    text.trim() === "" ? undefined : load(text, { filename: shown, schema: schema.withTags(mergeTag) });
  let texts: { value: unknown } | undefined;
  const file: YamlFile = {
    content: parse(CORE_SCHEMA),
    // Only a stack's own program needs it.
    get texts() {
      texts ??= { value: parse(FAILSAFE_SCHEMA) };
      return texts.value;
    },
  };
  parsed.set(path, { text, file });
  return file;
}

/** YAML and JSON inside texts. */
import { loadAll } from "js-yaml";

/** Results by their texts: each policy asks about the same ones, under the Pulumi CLI in objects that it gets anew. */
const remembered = new Map<string, readonly object[]>();

/** How many characters the remembered texts may have together: the process of previews stays. */
const capacity = 2 ** 23;
let characters = 0;

/**
 * The documents of a text that are lists or mappings. All who ask about the text share them.
 *
 * @returns none for a text that is no YAML
 */
export function documentsIn(text: string): readonly object[] {
  // Certificates, scripts and binary data are not parsed, which would take time.
  if (!/[:{[-]/.test(text) || /^(-----BEGIN|#!)|[\0\uFFFD]/.test(text)) return [];
  let documents = remembered.get(text);
  if (documents === undefined) remember(text, (documents = parsed(text)));
  return documents;
}

function parsed(text: string): readonly object[] {
  try {
    return loadAll(text).filter((document): document is object => typeof document === "object" && document !== null);
  } catch {
    return [];
  }
}

function remember(text: string, documents: readonly object[]): void {
  characters += text.length;
  if (characters > capacity) {
    remembered.clear();
    characters = text.length;
  }
  remembered.set(text, documents);
}

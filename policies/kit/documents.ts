/** YAML and JSON inside texts, as any program may read them. */
import { CORE_SCHEMA, defineMappingTag, defineScalarTag, defineSequenceTag, loadAll, mergeTag } from "js-yaml";

import { rememberedByText } from "./remembered";

/** What a text contains. */
interface Content {
  documents: readonly object[];
  /** Whether a part of it could not be read, and may be a manifest, a pod or a section about TLS. */
  isUnreadable: boolean;
}

/**
 * The documents of a text that are lists or mappings. All who ask about the text share them, and an alias shares what it
 * stands for.
 *
 * @returns none for a text that is no YAML
 */
export function documentsIn(text: string): readonly object[] {
  return contentOf(text).documents;
}

/**
 * Whether a text, or a document in it, is no YAML that can be judged, but has what a manifest, a pod or a section about TLS
 * begins with: a template, a script that writes a file, aliases that stand for too much.
 */
export function isUnreadable(text: string): boolean {
  return contentOf(text).isUnreadable;
}

const contentOf = rememberedByText((text: string): Content => {
  // Certificates, scripts and binary data are not parsed, which would take time.
  const isOther = isPem(text) || text.startsWith("#!") || /[\0\uFFFD]/.test(text);
  if (!/[:{[-]/.test(text) || (isOther && !beginsSomething(text))) return { documents: [], isUnreadable: false };
  const whole = parsed(text);
  if (whole !== undefined) return { documents: whole, isUnreadable: false };
  const parts = text.split(/^---(?=\s|$)/m);
  const read = parts.length === 1 ? [undefined] : parts.map(parsed);
  return {
    documents: read.flatMap((documents) => documents ?? []),
    isUnreadable: parts.some((part, i) => read[i] === undefined && beginsSomething(part)),
  };
});

function isPem(text: string): boolean {
  return text.startsWith("-----BEGIN ") && /^[A-Za-z\d+/=\s-]*$/.test(text);
}

const beginning =
  /(^|[-{,"'?]|\\n)[ \t]{0,200}["']?(apiVersion|(init|ephemeral)?containers|m?tls)["']?[ \t]{0,9}:(?=[\s"'{[&!|>*]|$)/im;

function beginsSomething(text: string): boolean {
  return beginning.test(text);
}

// Programs ignore tags that they do not know, take the last of two equal keys, and merge.
const never = (): boolean => false;
const schema = CORE_SCHEMA.withTags(
  mergeTag,
  ["!", "tag:"].flatMap((prefix) => [
    defineScalarTag(prefix, { matchByTagPrefix: true, resolve: (source) => source, identify: never }),
    defineSequenceTag<unknown[]>(prefix, {
      matchByTagPrefix: true,
      create: () => [],
      addItem: (list, item) => void list.push(item),
      identify: never,
    }),
    defineMappingTag<Record<string, unknown>>(prefix, {
      matchByTagPrefix: true,
      create: () => ({}),
      addPair: (map, key, value) => {
        Object.defineProperty(map, String(key), { value, enumerable: true, configurable: true, writable: true });
        return "";
      },
      has: (map, key) => Object.hasOwn(map, String(key)),
      keys: (map) => Object.keys(map),
      get: (map, key) => map[String(key)],
      identify: never,
    }),
  ]),
);

/** The documents of a text; undefined if it is none, or if its aliases stand for too much. */
function parsed(text: string): object[] | undefined {
  try {
    const documents = loadAll(text, { schema, json: true }).flatMap((document): readonly unknown[] =>
      // A document in quotes.
      typeof document === "string" && document.length < text.trim().length ? documentsIn(document) : [document],
    );
    const found = documents.filter((document): document is object => typeof document === "object" && document !== null);
    return found.every(isSmall) ? found : undefined;
  } catch {
    return undefined;
  }
}

/** How many values a document may stand for. */
const mostValues = 100_000;

function isSmall(document: object): boolean {
  const sizes = new Map<object, number>();
  const sizeOf = (value: unknown): number => {
    if (typeof value !== "object" || value === null) return 1;
    const known = sizes.get(value);
    if (known !== undefined) return known;
    // What is inside of itself has no size.
    sizes.set(value, Infinity);
    const size = Object.values(value).reduce((sum: number, each) => sum + sizeOf(each), 1);
    sizes.set(value, size);
    return size;
  };
  return sizeOf(document) <= mostValues;
}

/** YAML files, parsed again only when their text changes: each stack reads the files of all others. */
import { readFileSync, statSync } from "node:fs";

import { CORE_SCHEMA, FAILSAFE_SCHEMA, load, mergeTag, type Schema, YAMLException } from "js-yaml";

import { clipped, formatPath } from "../messageText";
import { UserError } from "../userError";
import { excessOf, limits } from "./limits";

/** Content of a YAML file; undefined if it is empty. */
export interface YamlFile {
  content: unknown;
  /** The same with the text of every scalar as it was written, so that 1.10 stays 1.10. */
  texts: unknown;
}

/** A YAML file that cannot be read, or contains too much. */
export class YamlFileError extends UserError {
  override name = "YamlFileError";

  constructor(
    /** Name of the file, as messages show it. */
    readonly file: string,
    /** What is wrong and what to do. */
    readonly problem: string,
    /** Path of the value; absent if the whole file is wrong. */
    readonly place?: string,
  ) {
    super(place === undefined ? `${file} ${problem}` : `${file}: ${place}: ${problem}`);
  }

  /** The problem as the only mistake in the file. */
  get findings(): { path: string; message: string }[] {
    return [{ path: this.place ?? "(file)", message: this.problem }];
  }
}

const parsed = new Map<string, { text: string; file: YamlFile | YamlFileError }>();

/**
 * Reads a YAML file.
 *
 * @param path - path of the file
 * @param shown - name of the file in errors
 * @throws {@link YamlFileError} when it cannot be read, is not YAML, or exceeds one of the {@link limits}
 */
export function readYamlFile(path: string, shown: string): YamlFile {
  const text = readText(path, shown);
  const known = parsed.get(path);
  const file = known?.text === text ? known.file : parseFile(text, shown);
  parsed.set(path, { text, file });
  if (file instanceof YamlFileError) throw file;
  return file;
}

function parseFile(text: string, shown: string): YamlFile | YamlFileError {
  try {
    const content = parse(text, shown, CORE_SCHEMA);
    const excess = excessOf(content);
    if (excess !== undefined) throw new YamlFileError(shown, excess.problem, formatPath("", excess.path) || "(file)");
    let texts: { value: unknown } | undefined;
    return {
      content,
      // Only a stack's own program needs it.
      get texts() {
        texts ??= { value: parse(text, shown, FAILSAFE_SCHEMA) };
        return texts.value;
      },
    };
  } catch (error) {
    if (error instanceof YamlFileError) return error;
    throw error;
  }
}

function readText(path: string, shown: string): string {
  try {
    const stat = statSync(path);
    // A pipe or a device might never end.
    if (!stat.isFile()) throw new YamlFileError(shown, "is not a file, but a folder, a pipe or a device: write a file");
    if (stat.size > limits.bytes) {
      const size = `${Math.ceil(stat.size / 1024)} KiB`;
      const problem = `has ${size}; ${limits.bytes / 1024} KiB are allowed: describe less in one file`;
      throw new YamlFileError(shown, problem);
    }
    return new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(path));
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (code === "ERR_ENCODING_INVALID_ENCODED_DATA") {
      throw new YamlFileError(shown, "is not text in UTF-8: save it with that encoding");
    }
    if (syscall === undefined) throw error;
    throw new YamlFileError(shown, `cannot be read (${code}): ${remedies[code ?? ""] ?? "check the file system"}`);
  }
}

const remedies: Record<string, string> = {
  EACCES: "you lack the permission",
  ELOOP: "it is a link to itself",
  ENOENT: "it is a link to a file that does not exist",
};

function parse(text: string, shown: string, schema: Schema): unknown {
  try {
    return load(text, { schema: schema.withTags(mergeTag), maxDepth: limits.depth });
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const { reason, mark } = error;
    // Of an empty file, or one with comments only.
    if (/^expected a document/.test(reason)) return undefined;
    const [, problem, remedy] = explained.find(([pattern]) => pattern.test(reason)) ?? [
      undefined,
      clipped(reason, 120),
    ];
    const place =
      mark === undefined || mark.position === 0 ? "" : ` at line ${mark.line + 1}, column ${mark.column + 1}`;
    const toDo = remedy === undefined ? "" : `: ${remedy}`;
    throw new YamlFileError(shown, `is not valid YAML: ${problem}${place}${toDo}`);
  }
}

/** What the parser says, in words, and the remedy. Its other messages are clear by themselves. */
const explained: [reason: RegExp, problem: string, remedy: string][] = [
  [/^nesting exceeded/, `more than ${limits.depth} levels of lists and maps in each other`, "write fewer"],
  [/^merge keys exceeded|^abnormal merge/, 'too many keys are merged by "<<"', "write them out, or describe less"],
  [/^cannot merge/, 'only maps can be merged by "<<"', "write the keys out"],
  [/^duplicated mapping key/, "duplicated mapping key", "leave one of them out"],
  [/complex keys/, "a list or a map cannot be a key", "put the key in quotes"],
  [/^expected a single document/, "it has several documents", 'leave out the lines "---" and what follows'],
  [/^unidentified alias/, "an alias without an anchor before it", 'put the text in quotes if it begins with "*"'],
  [/^unknown \w+ tag|^cannot resolve a node/, "an unknown tag", 'leave out the word that begins with "!"'],
  [
    /^deficient indentation/,
    "an entry that is not indented as far as it must be",
    "look for a missing bracket or quote",
  ],
  [
    /^bad indentation/,
    "a text or an entry that does not belong there",
    "check the indentation, and put odd texts in quotes",
  ],
  [/null byte|non-printable/, "a character that is not allowed", "write an escape such as \\x07 in double quotes"],
];

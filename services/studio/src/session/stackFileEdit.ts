/** Changes the version of a chaincode in a stack file, and nothing else: comments and order stay as they are. */
import { Failure } from "../../../common/failure";

/** The chaincode that is meant. */
export interface VersionedChaincode {
  name: string;
  channel: string;
}

/**
 * Writes a version into the entry of a chaincode.
 *
 * @throws Failure if the text has no entry that can be changed so
 */
export function withVersion(text: string, { name, channel }: VersionedChaincode, version: string): string {
  const lines = text.split("\n");
  const start = lines.findIndex((line) => /^\s*chaincodes:\s*(#.*)?$/.test(line));
  if (start < 0) throw notFound(name, channel);
  const indent = indentOf(lines[start]!);
  for (const entry of entriesAfter(lines, start, indent)) {
    const content = lines.slice(entry.from, entry.to).join("\n");
    if (field(content, "name") !== name || field(content, "channel") !== channel) continue;
    const changed = replaceVersion(content, version);
    if (changed === undefined) throw notFound(name, channel);
    return [...lines.slice(0, entry.from), changed, ...lines.slice(entry.to)].join("\n");
  }
  throw notFound(name, channel);
}

/** Entries of the list, as ranges of lines. */
function entriesAfter(lines: readonly string[], start: number, indent: number): { from: number; to: number }[] {
  const starts: number[] = [];
  let dash: number | undefined;
  let end = start + 1;
  for (; end < lines.length; end++) {
    const line = lines[end]!;
    if (/^\s*(#.*)?$/.test(line)) continue;
    const isItem = /^\s*- /.test(line);
    if (indentOf(line) < indent || (indentOf(line) === indent && !isItem)) break;
    dash ??= indentOf(line);
    if (isItem && indentOf(line) === dash) starts.push(end);
  }
  return starts.map((from, i) => ({ from, to: starts[i + 1] ?? end }));
}

const indentOf = (line: string): number => line.length - line.trimStart().length;

/** Before a field: the start of a line, or what stands before an entry of a flow mapping. */
const before = String.raw`(?:^[ ]*(?:-[ ]+)?(?:\{[ ]*)?|,[ ]*|\{[ ]*)`;
const scalar = String.raw`("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s,}#]+)`;

function field(content: string, key: string): string | undefined {
  const [, value] = new RegExp(`${before}${key}:[ ]*${scalar}`, "m").exec(content) ?? [];
  return value?.replace(/^(["'])(.*)\1$/, "$2");
}

function replaceVersion(content: string, version: string): string | undefined {
  const found = new RegExp(`(${before}version:[ ]*)${scalar}`, "m");
  return found.test(content) ? content.replace(found, (_all, start: string) => `${start}"${version}"`) : undefined;
}

function notFound(name: string, channel: string): Failure {
  return new Failure(
    `the stack file has no entry under chaincodes with name: ${name}, channel: ${channel} and a version`,
    "Change the version there by hand",
  );
}

/** What the instructions of a Dockerfile take from the build context. */

/** A COPY or ADD that takes files from the build context. */
export interface CopyInstruction {
  /** Paths in the context of files and folders; `*` and `?` stand for names. */
  sources: string[];
  destination: string;
}

/**
 * Reads the instructions of a Dockerfile that take files from the build context. COPY from other stages and images does
 * not.
 *
 * @param dockerfile - text of the Dockerfile
 * @returns undefined if the text does not show which files the build takes: heredocs, variables and quotes in a path, `ADD` of URLs,
 * `RUN --mount` of the context, `ONBUILD`, another escape character
 */
export function copyInstructions(dockerfile: string): CopyInstruction[] | undefined {
  if (/^#\s*escape\s*=/im.test(dockerfile) || dockerfile.includes("<<")) return undefined;
  const copies: CopyInstruction[] = [];
  for (const { name, flags, rest } of instructions(dockerfile)) {
    if (name === "ONBUILD" || (name === "RUN" && flags.some(mountsContext))) return undefined;
    if (name !== "COPY" && name !== "ADD") continue;
    if (flags.some((flag) => flag.startsWith("--from="))) continue;
    const paths = listedPaths(rest);
    const destination = paths?.at(-1);
    if (paths === undefined || destination === undefined) return undefined;
    const sources = paths.slice(0, -1);
    if (sources.length === 0 || !sources.every(isPath)) return undefined;
    copies.push({ sources, destination });
  }
  return copies;
}

interface Instruction {
  /** In upper case. */
  name: string;
  /** Such as `--link` and `--chown=1:1`. */
  flags: string[];
  rest: string;
}

function instructions(dockerfile: string): Instruction[] {
  const withoutComments = dockerfile.split(/\r?\n/).filter((line) => !/^\s*(#|$)/.test(line));
  const lines = withoutComments.join("\n").replace(/\\[ \t]*\n/g, "");
  return lines.split("\n").map((line) => {
    const [, name = "", flags = "", rest = ""] = /^\s*(\S+)((?:\s+--\S+)*)\s*(.*?)\s*$/.exec(line) ?? [];
    return { name: name.toUpperCase(), flags: flags.split(/\s+/).filter(Boolean), rest };
  });
}

/** Whether a flag of RUN mounts files of the build context. A mount without a type is of type bind. */
function mountsContext(flag: string): boolean {
  const isMount = flag.startsWith("--mount=");
  return isMount && !/\btype=(cache|secret|ssh|tmpfs)\b/.test(flag) && !/\bfrom=/.test(flag);
}

/** The arguments of COPY, which are words, or a list in JSON. */
function listedPaths(text: string): string[] | undefined {
  if (!text.startsWith("[")) return text.split(/\s+/);
  try {
    return JSON.parse(text) as string[];
  } catch {
    return undefined;
  }
}

/** Whether a source is a plain path: the builder replaces, unquotes and fetches nothing. */
function isPath(source: unknown): boolean {
  return typeof source === "string" && /^[\w@ .,=%~/*?-]+$/.test(source);
}

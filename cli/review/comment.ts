/** The comment on a pull request. */
import { fenced, truncateMarkdown } from "../common/markdown";
import type { StepOutcome } from "./steps";

/** A part of the comment that a reader can open. */
export interface Section {
  title: string;
  /** Markdown. */
  body: string;
  /** Whether it is open from the start. */
  open?: boolean;
}

/** Marks the comment, so that a later run finds and replaces it. */
export const commentMarker = "<!-- baas: npm run check -->";

/** GitHub refuses longer comments; the code that posts it may add a little. */
export const longestComment = 65_000;
const longestOutput = 6_000;
const roomForErrors = 2 * longestOutput;

/** The contents of the comment. */
export interface CommentParts {
  outcomes: readonly StepOutcome[];
  /** Further notes. */
  notes: readonly string[];
  /** The changes. They are shortened if necessary, but never left out. The most important lines come first. */
  difference?: Section | undefined;
  /** The most important first. Sections that do not fit are left out, with a note where to find them. */
  sections: readonly Section[];
}

/** Writes the comment: how every step ended, what changes, what failed, then the sections. */
export function commentText({ outcomes, notes, difference, sections }: CommentParts): string {
  const failed = outcomes.filter(({ ok }) => !ok);
  const verdict = failed.length === 0 ? "passed" : `failed: ${failed.map(({ name }) => name).join(", ")}`;
  const table = outcomes.map(
    ({ name, ok, seconds, command }) => `| ${ok ? "✅" : "❌"} | ${name} | \`${command.join(" ")}\` | ${seconds} s |`,
  );
  const head = [
    commentMarker,
    `### Check ${verdict}`,
    ["| | step | by hand | time |", "|---|---|---|---|", ...table].join("\n"),
    ...notes,
  ];
  const errors = failed.map((outcome): Section => ({
    title: `What ${outcome.name} wrote`,
    body: fenced(excerpt(outcome.output, longestOutput)),
    open: true,
  }));
  const longest = longestComment - 1_000;
  let text = head.join("\n\n");
  if (difference !== undefined) {
    const wanted = errors.reduce((sum, error) => sum + sectionText(error).length + 2, 0);
    text += `\n\n${shortened(difference, longest - text.length - 2 - Math.min(wanted, roomForErrors))}`;
  }
  const leftOut: string[] = [];
  for (const section of [...errors, ...sections]) {
    const more = `\n\n${sectionText(section)}`;
    if (text.length + more.length > longest) leftOut.push(section.title);
    else text += more;
  }
  if (leftOut.length === 0) return `${text}\n`;
  return `${text}\n\nToo long for a comment, see the files of the check: ${leftOut.join(", ").slice(0, 800)}\n`;
}

function sectionText({ title, body, open }: Section): string {
  return `<details${open === true ? " open" : ""}><summary>${title}</summary>\n\n${body}\n\n</details>`;
}

function shortened(section: Section, longest: number): string {
  const frame = sectionText({ ...section, body: "" }).length;
  return sectionText({ ...section, body: truncateMarkdown(section.body, longest - frame).trimEnd() });
}

/** Shortens a long output to the names of failed tests and its end. */
function excerpt(output: string, length: number): string {
  if (output.length <= length) return output;
  const failures = [...new Set(output.split("\n").filter((line) => /^\s*FAIL\s/.test(line)))];
  const names = failures.join("\n").slice(0, length / 2);
  return names === "" ? lastPart(output, length) : `${names}\n${lastPart(output, length - names.length)}`;
}

/** The end of a text, from the start of a line. */
function lastPart(text: string, length: number): string {
  if (text.length <= length) return text;
  const end = text.slice(-length);
  return `…\n${end.slice(end.indexOf("\n") + 1)}`;
}

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

/** By which the comment is found again, to be replaced. */
export const commentMarker = "<!-- baas: npm run check -->";

/** GitHub refuses longer comments; a little is left for whoever posts it. */
export const longestComment = 65_000;
const longestOutput = 6_000;
const roomForErrors = 2 * longestOutput;

/** What goes into the comment. */
export interface CommentParts {
  outcomes: readonly StepOutcome[];
  /** What to know besides. */
  notes: readonly string[];
  /** What changes: never left out, cut where it is too long. Its most important lines are its first. */
  difference?: Section | undefined;
  /** The most important first: what does not fit is left out, with a word on where it is. */
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

/** What a reader needs of a long output: the tests that failed, by name, and the end of it. */
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

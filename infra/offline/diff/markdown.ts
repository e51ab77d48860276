/** A difference as a comment on a pull request. */
import type { NetworkChange } from "./changes";
import { countsText, objectLines, unchangedLine, warningLines, workloadNames } from "./text";
import type { Diff, StackDiff } from "./types";

/** GitHub takes comments of 65,536 characters. */
export const longestComment = 60_000;

/** The text of the comment, cut where it would be too long. */
export function diffMarkdown(diff: Diff): string {
  const { stacks, comparedWith } = diff;
  const shown = stacks.filter(({ status, errors }) => status !== "unchanged" || errors.length > 0);
  const same = stacks.filter((one) => !shown.includes(one)).map(({ stack }) => stack);
  const what = shown.length === 0 ? "Nothing changes" : "What changes";
  const head = [`## ${what} in the networks`, "", `Compared with ${escaped(comparedWith)}.`, ""];
  const tail = same.length === 0 ? [] : [escaped(unchangedLine(same, comparedWith)), ""];
  const business = shown.map(businessText);
  const fixed = [...head, ...tail].join("\n").length + business.join("\n").length;
  // What it means comes first in the space that there is, then the objects of one stack after the other.
  let room = longestComment - fixed - shown.length * 200;
  const sections = shown.map((one, i) => {
    const details = detailsText(one);
    const fits = details.length <= room;
    if (fits) room -= details.length;
    return `${business[i]}\n\n${fits ? details : leftOut(one)}`;
  });
  const text = [...head, ...sections, ...tail].join("\n");
  return text.length <= longestComment ? text : cut(text);
}

function leftOut(diff: StackDiff): string {
  return `_The objects (${countsText(diff)}) are left out here, as they are too many: \`npm run diff\` shows them._\n`;
}

function cut(text: string): string {
  const note = "\n\n_Cut here: the rest is too long for a comment._\n";
  const end = text.lastIndexOf("\n", longestComment - note.length);
  return `${text.slice(0, end)}${note}`;
}

const titles: Record<StackDiff["status"], string> = {
  unchanged: "",
  changed: "",
  created: " (new)",
  deleted: " (gone)",
  failed: " (refused)",
  incomparable: " (nothing to compare with)",
};

function businessText(diff: StackDiff): string {
  const { stack, status, errors, notes, network, warnings, restarts } = diff;
  return [
    `### ${escaped(stack)}${titles[status]}`,
    "",
    ...(errors.length === 0 ? [] : [...fence(errors), ""]),
    ...notes.map((note) => `_${escaped(note.replaceAll("\n", " "))}_\n`),
    ...network.flatMap(networkLines),
    ...restarts.map(
      ({ workloads, reason }) => `- pods restart (${escaped(reason)}): ${escaped(workloadNames(workloads))}`,
    ),
    ...(network.length + restarts.length > 0 ? [""] : []),
    ...(warnings.length === 0
      ? []
      : ["> [!WARNING]", ...warningLines(warnings).map((line) => `> - ${escaped(line)}`), ""]),
  ]
    .join("\n")
    .trimEnd();
}

const verbs = { add: "new", change: "changes", remove: "goes" } as const;

function networkLines({ action, subject, text, consequences, loud }: NetworkChange): string[] {
  const what = text === "" ? "" : `: ${escaped(text)}`;
  return [
    `- ${loud ? "⚠️ " : ""}**${escaped(subject)}** ${verbs[action]}${what}`,
    ...consequences.map((line) => `  - ${escaped(line)}`),
  ];
}

function detailsText(diff: StackDiff): string {
  const { images, objects, status } = diff;
  if (status === "failed" || status === "incomparable") return "";
  const lines = [
    ...images.map(({ before, after, usedBy }) => `~  image ${before} -> ${after}, in ${workloadNames(usedBy)}`),
    ...objectLines(objects),
  ];
  if (lines.length === 0) return "";
  return [
    "<details>",
    `<summary>Objects: ${countsText(diff)}</summary>`,
    "",
    ...fence(lines),
    "",
    "</details>",
    "",
  ].join("\n");
}

/** A block of code whose fence is longer than any in it. */
function fence(lines: readonly string[]): string[] {
  const ticks = [...lines.join("\n").matchAll(/`+/g)].map(([run]) => run.length);
  const mark = "`".repeat(Math.max(3, Math.max(0, ...ticks) + 1));
  return [`${mark}text`, ...lines, mark];
}

function escaped(text: string): string {
  return text.replace(/[\\`*_{}[\]<>|#@]/g, "\\$&");
}

/** A difference as a comment on a pull request. */
import { baas } from "../../model/baasCommand";
import type { NetworkChange } from "../../model/changes/change";
import { escapeControlsIn } from "../common/controlCharacters";
import { fenced, truncateMarkdown } from "../common/markdown";
import { countsText, objectLines, rollText, unchangedLine, warningLines, workloadNames } from "./diffText";
import type { Diff, StackDiff } from "./diffTypes";

/** GitHub takes comments of 65,536 characters. */
export const longestDifference = 60_000;
// The share of a check's comment that is left beside the list of its steps and the failures.
const roomInCheck = 40_000;
const mostErrors = 20;

/**
 * The text of the comment: for each network its changes, then its objects. A long comment shows the changes of all networks
 * before any objects, so that cutting the end leaves out the least important part.
 */
export function diffMarkdown(diff: Diff): string {
  const { stacks, comparedWith } = escapeControlsIn(diff);
  const shown = stacks.filter(({ status, errors }) => status !== "unchanged" || errors.length > 0);
  const same = stacks.filter((one) => !shown.includes(one)).map(({ stack }) => stack);
  const what = shown.length === 0 ? "Nothing changes" : "What changes";
  const head = [`## ${what} in the networks`, "", `Compared with ${escaped(comparedWith)}.`, ""];
  const tail = same.length === 0 ? [] : [escaped(unchangedLine(same, comparedWith)), ""];
  const sections = shown.map((one) => `${businessText(one)}\n\n${detailsText(one)}`);
  const text = [...head, ...sections, ...tail].join("\n");
  return text.length <= roomInCheck ? text : longMarkdown(shown, head, tail);
}

function longMarkdown(shown: readonly StackDiff[], head: readonly string[], tail: readonly string[]): string {
  const all = shown.map((one) => `${businessText(one)}\n`);
  const isLong = all.join("\n").length > roomInCheck;
  const business = isLong ? [loudOnly, ...shown.map((one) => `${businessText(loudPart(one))}\n`)] : all;
  let room = longestDifference - [...head, ...business, ...tail].join("\n").length - shown.length * 200;
  const details = shown.map((one) => {
    const text = detailsText(one, ` of ${one.stack.replace(/[<>&]/g, "")}`);
    const fits = text.length <= Math.max(0, room);
    if (fits) room -= text.length;
    return fits ? text : leftOut(one);
  });
  const text = [...head, ...business, ...tail, ...details.filter((one) => one !== "")].join("\n");
  return truncateMarkdown(text, longestDifference);
}

const loudOnly = `_Too much for a comment: it shows only what needs attention. \`${baas("diff")}\` shows all._\n`;

/** A short form of a difference, for when there is no room for more. */
function loudPart(diff: StackDiff): StackDiff {
  const network = diff.network.filter(({ loud }) => loud);
  const { roll: _roll, ...rest } = diff;
  return { ...rest, errors: diff.errors.slice(0, mostErrors), notes: [], restarts: [], network };
}

function leftOut(diff: StackDiff): string {
  const what = `${escaped(diff.stack)} (${countsText(diff)})`;
  return `_The objects of ${what} are left out, as they are too many: \`${baas("diff")}\` shows them._\n`;
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
  const { stack, status, errors, notes, network, warnings, restarts, roll } = diff;
  return [
    `### ${escaped(stack)}${titles[status]}`,
    "",
    ...(errors.length === 0 ? [] : [fenced(errors.join("\n"), "text"), ""]),
    ...notes.map((note) => `_${escaped(note.replaceAll("\n", " "))}_\n`),
    ...network.flatMap(networkLines),
    ...restarts.map(
      ({ workloads, reason }) => `- pods restart (${escaped(reason)}): ${escaped(workloadNames(workloads))}`,
    ),
    ...(roll === undefined
      ? []
      : [`- ${escaped(rollText(roll))}`, ...roll.outages.map((line) => `- ⚠️ ${escaped(line)}`)]),
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

function detailsText(diff: StackDiff, of = ""): string {
  const { images, objects, status } = diff;
  if (status === "failed" || status === "incomparable") return "";
  const lines = [
    ...images.map(({ before, after, usedBy }) => `~  image ${before} -> ${after}, in ${workloadNames(usedBy)}`),
    ...objectLines(objects),
  ];
  if (lines.length === 0) return "";
  return [
    "<details>",
    `<summary>Objects${of}: ${countsText(diff)}</summary>`,
    "",
    fenced(lines.join("\n"), "text"),
    "",
    "</details>",
    "",
  ].join("\n");
}

function escaped(text: string): string {
  // On a line of its own, Markdown would be interpreted again.
  return text.replace(/\s*\n\s*/g, " ").replace(/[\\`*_{}[\]<>|#@]/g, "\\$&");
}

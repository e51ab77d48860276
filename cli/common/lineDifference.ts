/** The lines of a text that differ, with a little context. */
import { structuredPatch } from "diff";

const context = 2;

/** Lines of a unified diff without its header: ` `, `-` or `+` before each, `@@` where lines are left out. */
export function lineDifference(before: string, after: string): string[] {
  const { hunks } = structuredPatch("", "", withEnd(before), withEnd(after), "", "", { context });
  return hunks.flatMap(({ newStart, oldStart, lines }) => [
    ...(oldStart > 1 ? [`@@ line ${newStart} @@`] : []),
    ...lines.map((line) => `${line[0]} ${line.slice(1)}`.trimEnd()),
  ]);
}

/** Adds the newline at the end of a text, so that a missing one is not a difference. */
function withEnd(text: string): string {
  return text.endsWith("\n") ? text : `${text}\n`;
}

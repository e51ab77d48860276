/** Markdown for comments: texts as they are, and what to do with too much of it. */
import { baas } from "../../model/baasCommand";

/** A text as it is, in a block of code whose fence is longer than any in it. */
export function fenced(text: string, language = ""): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${text.trimEnd()}\n${fence}`;
}

const note = `\n\n_Cut here: the rest is too long for a comment. \`${baas("diff")}\` shows it._\n`;

/**
 * Markdown up to the end of a line. A block of code and `<details>` that are open there are closed, so that what follows
 * on the page is read as what it is.
 */
export function truncateMarkdown(text: string, longest: number): string {
  if (text.length <= longest) return text;
  let fence = "";
  let depth = 0;
  let end = 0;
  let kept = "";
  for (const line of text.split("\n")) {
    const ticks = /^`{3,}/.exec(line)?.[0] ?? "";
    if (fence !== "") {
      if (ticks.length >= fence.length && line.trim() === ticks) fence = "";
    } else if (ticks !== "") {
      fence = ticks;
    } else {
      depth += [...line.matchAll(/<details\b/g)].length - [...line.matchAll(/<\/details>/g)].length;
    }
    end += line.length;
    const closed = `${fence === "" ? "" : `\n${fence}`}${"\n\n</details>".repeat(Math.max(0, depth))}`;
    if (end + closed.length + note.length > longest) break;
    kept = `${text.slice(0, end)}${closed}`;
    end++;
  }
  return `${kept}${note}`;
}

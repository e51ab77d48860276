/** Markdown for comments: quotes texts literally, and shortens what is too long. */
import { baas } from "../../model/baasCommand";

/** A text in a code block, whose fence is longer than any fence in the text. */
export function fenced(text: string, language = ""): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${text.trimEnd()}\n${fence}`;
}

const note = `\n\n_Cut here: the rest is too long for a comment. \`${baas("diff")}\` shows it._\n`;

/**
 * Cuts Markdown at the end of a line. It closes a code block and `<details>` that are open there, so that the rest of the
 * page renders correctly.
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

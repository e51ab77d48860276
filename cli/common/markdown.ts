/** Markdown that is too long for where it goes. */

const note = "\n\n_Cut here: the rest is too long for a comment. `npm run diff` shows it._\n";

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

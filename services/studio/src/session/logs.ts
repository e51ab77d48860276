/** The lines that contract, tests and session write, for whoever looks at them. */
import type { LogLine } from "./protocol";

/** Lines that are kept for who begins to look. */
const kept = 2000;

/** Longest line, in characters. */
const longest = 10_000;

/** Keeps the last lines, and tells of new ones. */
export class Logs {
  private lines: LogLine[] = [];
  private readonly followers = new Set<(line: LogLine) => void>();

  /** Takes whole lines, or what there is of them. */
  add(source: LogLine["source"], text: string): void {
    for (const line of text.split(/\r?\n/)) {
      if (line === "") continue;
      const added = { at: new Date().toISOString(), source, text: line.slice(0, longest) };
      this.lines.push(added);
      for (const follower of this.followers) follower(added);
    }
    if (this.lines.length > 2 * kept) this.lines = this.lines.slice(-kept);
  }

  /** Tells the last lines, and then each new one, until it is told to stop. */
  follow(follower: (line: LogLine) => void): () => void {
    for (const line of this.lines.slice(-kept)) follower(line);
    this.followers.add(follower);
    return () => this.followers.delete(follower);
  }
}

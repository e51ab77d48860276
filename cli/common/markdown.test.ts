import { describe, expect, test } from "vitest";

import { truncateMarkdown } from "./markdown";

const note = "\n\n_Cut here: the rest is too long for a comment. `./baas diff` shows it._\n";

/** A text cut so that so much of it stays, what closes it included. */
const cut = (text: string, kept: number): string => truncateMarkdown(text, kept + note.length).replace(note, "<cut>");

describe("Markdown", () => {
  test("that is short enough stays as it is", () => {
    expect(truncateMarkdown("a\nb", 3)).toBe("a\nb");
  });

  test("is cut at the end of a line", () => {
    const text = `one\ntwo\n${"long ".repeat(100)}`;
    expect(cut(text, 7)).toBe("one\ntwo<cut>");
    expect(cut(text, 6)).toBe("one<cut>");
    expect(cut(text, 2)).toBe("<cut>");
  });

  test("is closed where it is cut: blocks of code by their own fence, and details", () => {
    const open = "<details>\n<summary>s</summary>\n\n````text\n```\n</details>\n";
    const text = `${open}${"line\n".repeat(100)}\`\`\`\`\n\n</details>\n`;
    expect(cut(text, open.length + 31)).toBe(`${open}line\nline\nline\n\`\`\`\`\n\n</details><cut>`);
  });

  test("has nothing to close after what is closed already", () => {
    const text = `<details>\n\n\`\`\`\na\n\`\`\`\n\n</details>\nb\n${"c".repeat(200)}`;
    expect(cut(text, 50)).toBe("<details>\n\n```\na\n```\n\n</details>\nb<cut>");
  });
});

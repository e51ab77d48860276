import { describe, expect, it } from "vitest";

import { commentText, fenced, longestComment, marker } from "./comment";
import { runStep } from "./steps";

const outcome = (name: string, ok: boolean, output = "") => ({
  name,
  command: ["npm", "run", name],
  ok,
  seconds: 1,
  output,
});

describe("the comment", () => {
  it("starts with what it is found again by", () => {
    expect(commentText({ outcomes: [], notes: [], sections: [] }).split("\n")[0]).toBe(marker);
  });

  it("is never longer than GitHub takes; what is left out is named", () => {
    const sections = ["first", "second", "third"].map((title) => ({ title, body: "x".repeat(30_000) }));
    const text = commentText({ outcomes: [outcome("lint", false, "y\n".repeat(100_000))], notes: [], sections });
    expect(text.length).toBeLessThanOrEqual(longestComment);
    expect(text).toContain("<summary>What lint wrote</summary>");
    expect(text).toContain("<summary>first</summary>");
    expect(text).toContain("Too long for a comment, see the files of the check: second, third");
  });

  it("keeps what programs wrote inside its fence", () => {
    expect(fenced("a\n```\n</details> @all\n````")).toBe("`````\na\n```\n</details> @all\n````\n`````");
  });
});

describe("a step", () => {
  const run = (...command: string[]) => runStep(__dirname, { name: "step", command });

  it("tells whether it ended well, and what it wrote, without colours", async () => {
    const script = "console.log('\\u001b[31mred\\u001b[0m'); console.error(process.env.NO_COLOR); process.exit(3)";
    const { ok, output } = await run(process.execPath, "-e", script);
    expect(ok).toBe(false);
    expect(output.split("\n").sort()).toEqual(["1", "red"]);
  });

  it("fails when its program is not there", async () => {
    expect(await run("no-such-program")).toMatchObject({ ok: false, output: expect.stringContaining("ENOENT") });
  });

  it("ends with its children when it is interrupted", async () => {
    const controller = new AbortController();
    const sleeping = runStep(__dirname, { name: "step", command: ["sh", "-c", "sleep 600; true"] }, controller.signal);
    setTimeout(() => controller.abort(), 100);
    expect(await sleeping).toMatchObject({ ok: false });
  });
});

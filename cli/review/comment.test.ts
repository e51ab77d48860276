import { readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { fenced } from "../common/markdown";
import { diffMarkdown } from "../diff/diffMarkdown";
import { commentMarker, commentText, longestComment } from "./comment";
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
    expect(commentText({ outcomes: [], notes: [], sections: [] }).split("\n")[0]).toBe(commentMarker);
  });

  it("is never longer than GitHub takes; what is left out is named", () => {
    const sections = ["first", "second", "third"].map((title) => ({ title, body: "x".repeat(30_000) }));
    const text = commentText({ outcomes: [outcome("lint", false, "y\n".repeat(100_000))], notes: [], sections });
    expect(text.length).toBeLessThanOrEqual(longestComment);
    expect(text).toContain("<summary>What lint wrote</summary>");
    expect(text).toContain("<summary>first</summary>");
    expect(text).toContain("Too long for a comment, see the files of the check: second, third");
  });

  it("names all tests that failed, however much was written after them", () => {
    const failures = [" FAIL  unit a.test.ts > one", " FAIL  unit b.test.ts > two"];
    const output = [...failures, ...Array.from({ length: 1_000 }, (_, i) => `skipped: why ${i}`)].join("\n");
    const text = commentText({ outcomes: [outcome("unit tests", false, output)], notes: [], sections: [] });
    expect(text).toContain(`${failures.join("\n")}\n…\nskipped`);
    expect(text).toContain("skipped: why 999\n");
  });

  const change = (subject: string, loud: boolean) => ({
    action: "remove" as const,
    subject,
    text: "",
    consequences: [],
    loud,
  });
  const diffOf = (count: number, fields: number): string =>
    diffMarkdown({
      comparedWith: "main",
      stacks: Array.from({ length: count }, (_, i) => ({
        ...{ stack: `net${i}`, comparedWith: "main", status: "changed" as const },
        ...{ errors: [], notes: [], restarts: [], warnings: [], images: [] },
        network: [change("a", false), change(`organization org${i}`, true)],
        objects: Array.from({ length: fields }, (_, k) => ({
          ...{ action: "update" as const, kind: "ConfigMap", name: `map${k}`, retained: false },
          fields: [{ path: `data.text${k}`, before: "a", after: "x".repeat(100) }],
        })),
        counts: { create: 0, update: fields, replace: 0, delete: 0 },
      })),
    });
  /** Whether every opened code block and section is closed. */
  const isWhole = (text: string): boolean => {
    const count = (pattern: RegExp): number => text.match(pattern)?.length ?? 0;
    return count(/^`{3,}/gm) % 2 === 0 && count(/<details/g) === count(/<\/details>/g);
  };

  it("shows what changes before what failed, cut where it is too long", () => {
    const body = diffOf(1, 400);
    expect(body.length).toBeGreaterThan(57_000);
    const difference = { title: "What changes", body, open: true };
    const outcomes = [outcome("lint", false, "y\n".repeat(100_000))];
    const text = commentText({
      outcomes,
      notes: [],
      difference,
      sections: [{ title: "more", body: "x".repeat(9_000) }],
    });
    expect(text.length).toBeLessThanOrEqual(longestComment);
    expect(text).toContain("- ⚠️ **organization org0** goes");
    expect(text.indexOf("What changes")).toBeLessThan(text.indexOf("What lint wrote"));
    expect(text).toContain("_Cut here: the rest is too long for a comment.");
    expect(text).toContain("Too long for a comment, see the files of the check: more");
    expect(isWhole(text)).toBe(true);
  });

  it("keeps what must not be overlooked of a hundred stacks, with as many steps", () => {
    const outcomes = Array.from({ length: 100 }, (_, i) => outcome(`preview of net${i}`, i > 1, "y\n".repeat(9_000)));
    const difference = { title: "What changes", body: diffOf(100, 3) };
    const text = commentText({ outcomes, notes: [], difference, sections: [] });
    expect(text.length).toBeLessThanOrEqual(longestComment);
    expect(text.match(/⚠️/g)).toHaveLength(100);
    expect(text).toContain("What preview of net0 wrote");
    expect(isWhole(text)).toBe(true);
  });

  it("is found again by the job that posts it", () => {
    const workflow = join(__dirname, "..", "..", ".github", "workflows", "pull-request.yaml");
    expect(readFileSync(workflow, "utf8")).toContain(`const marker = ${JSON.stringify(commentMarker)};`);
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

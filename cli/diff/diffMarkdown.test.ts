import { describe, expect, test } from "vitest";

import { diffMarkdown, longestDifference } from "./diffMarkdown";
import type { StackDiff } from "./diffTypes";

function stack(more: Partial<StackDiff> = {}): StackDiff {
  return {
    stack: "trade",
    comparedWith: "main (0123abc)",
    status: "changed",
    errors: [],
    notes: [],
    network: [],
    restarts: [],
    warnings: [],
    images: [],
    objects: [],
    counts: { create: 0, update: 0, replace: 0, delete: 0 },
    ...more,
  };
}

const comment = (...stacks: StackDiff[]): string => diffMarkdown({ comparedWith: "main (0123abc)", stacks });

const policy = {
  action: "change" as const,
  subject: "chaincode asset on trades",
  text: "endorsement policy OR('A_B.peer') -> *",
  consequences: ["approved by every member and committed as the next sequence"],
  loud: true,
};

/** As many objects as make their list about this long. */
const objects = (characters: number): StackDiff["objects"] =>
  Array.from({ length: Math.ceil(characters / 100) }, (_, i) => ({
    action: "update",
    kind: "ConfigMap",
    name: `map${i}`,
    fields: [{ path: "data.text", before: `${i}`, after: "x".repeat(60) }],
    retained: false,
  }));

describe("a comment", () => {
  test("says first what it means, then what must not be overlooked, then the objects", () => {
    const one = stack({
      network: [policy],
      restarts: [{ reason: "image", workloads: ["StatefulSet peer0-org1", "StatefulSet peer1-org1"] }],
      roll: { order: ["peer0-org1", "peer1-org1"], leaderLast: false, outages: ["org2 has one peer"] },
      warnings: [{ object: "Channel trades", message: "deleted; only its management ends" }],
      images: [{ before: "peer:1", after: "peer:2", usedBy: ["StatefulSet peer0-org1"] }],
      objects: objects(100),
      counts: { create: 0, update: 1, replace: 0, delete: 0 },
    });
    expect(comment(one, stack({ stack: "dev", status: "unchanged" }))).toMatchInlineSnapshot(`
      "## What changes in the networks

      Compared with main (0123abc).

      ### trade

      - ⚠️ **chaincode asset on trades** changes: endorsement policy OR('A\\_B.peer') -\\> \\*
        - approved by every member and committed as the next sequence
      - pods restart (image): StatefulSet peer0-org1, peer1-org1
      - one after another, each ready and its channels caught up before the next: peer0-org1, peer1-org1
      - ⚠️ org2 has one peer

      > [!WARNING]
      > - Channel trades: deleted; only its management ends

      <details>
      <summary>Objects: 1 to update</summary>

      \`\`\`text
      ~  image peer:1 -> peer:2, in StatefulSet peer0-org1
      ~  ConfigMap map0
           data.text: 0 -> xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
      \`\`\`

      </details>

      Unchanged against main (0123abc): dev.
      "
    `);
  });

  test("of nothing says so", () => {
    expect(comment(stack({ status: "unchanged" }))).toMatchInlineSnapshot(`
      "## Nothing changes in the networks

      Compared with main (0123abc).

      Unchanged against main (0123abc): trade.
      "
    `);
  });

  test("keeps what objects say inside its block of code", () => {
    const fields = [{ path: "data.text", lines: ["+ ```", "+ # heading", "+ ````"] }];
    const one = stack({ objects: [{ action: "update", kind: "ConfigMap", name: "map", fields, retained: false }] });
    expect(comment(one)).toContain("\n`````text\n~  ConfigMap map\n     data.text:\n       + ```\n");
  });

  test("leaves out objects that are too many, of that stack alone, and never what it means", () => {
    const large = stack({
      stack: "large",
      network: [policy],
      objects: objects(70_000),
      counts: { ...stack().counts, update: 700 },
    });
    const text = comment(large, stack({ stack: "small", objects: objects(100) }));
    expect(text.length).toBeLessThanOrEqual(longestDifference);
    expect(text).toContain(
      "_The objects of large (700 to update) are left out, as they are too many: `./baas diff` shows them._",
    );
    expect(text).toContain("**chaincode asset on trades** changes");
    expect(text).toContain("ConfigMap map0");
  });

  test("that is long says what it means for every network before any objects", () => {
    const text = comment(stack({ objects: objects(50_000) }), stack({ stack: "second", network: [policy] }));
    expect(text).toContain("<summary>Objects of trade: none</summary>");
    expect(text.indexOf("⚠️")).toBeLessThan(text.indexOf("<details>"));
  });

  test("says what must not be overlooked alone where there is no room for more", () => {
    const quiet = { ...policy, loud: false, text: "x".repeat(500) };
    const stacks = Array.from({ length: 100 }, (_, i) => stack({ stack: `net${i}`, network: [quiet, policy] }));
    const text = comment(...stacks, stack({ stack: "last", status: "failed", errors: ["port 80 is taken"] }));
    expect(text).toContain("it shows only what needs attention");
    expect(text.match(/⚠️/g)).toHaveLength(100);
    expect(text).toContain("port 80 is taken");
    expect(text).not.toContain("xxx");
  });

  test("shows what would steer a reader's page, in whatever comes from a stack file", () => {
    const sly = { ...policy, subject: "channel \u202eevil\u001b[2J", text: "a\n# heading" };
    const fields = [{ path: "data.text", before: "a", after: "\u2066b" }];
    const text = comment(
      stack({
        network: [sly],
        objects: [{ action: "update", kind: "ConfigMap", name: "m", fields, retained: false }],
      }),
    );
    expect(text).toContain("**channel \\\\u202eevil\\\\u001b\\[2J** changes: a \\# heading\n");
    expect(text).toContain("data.text: a -> \\u2066b");
  });

  test("is cut when even that is too much", () => {
    const text = comment(...Array.from({ length: 500 }, (_, i) => stack({ stack: `net${i}`, network: [policy] })));
    expect(text.length).toBeLessThanOrEqual(longestDifference);
    expect(text).toMatch(/\n\n_Cut here: the rest is too long for a comment\. `\.\/baas diff` shows it\._\n$/);
  });
});

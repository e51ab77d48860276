import { expect, it } from "vitest";

import { callDocument } from "./callDocument";
import { describeVersion, followingVersion } from "./nextVersionText";
import { headline, inShort, keyInWords, shown } from "./words";

it("lays JSON out, and leaves other text as it is", () => {
  expect(shown({ text: '{"a":1}' })).toBe('{\n  "a": 1\n}');
  expect(shown({ text: "007" })).toBe("007");
  expect(shown({ base64: "/w==" })).toBe("base64: /w==");
  expect(inShort({ text: "a\n  b" }, 3)).toBe("a b");
  expect(inShort({ text: "abcd" }, 3)).toBe("ab…");
  expect(inShort(undefined)).toBe("none");
});

it("shows the parts of a composite key", () => {
  expect(keyInWords("\0owner\0ada\0a1\0")).toBe("owner (ada, a1)");
  expect(keyInWords("plain")).toBe("plain");
});

it.each([
  [{ succeeded: true }, "evaluated in 5 ms"],
  [{ succeeded: true, validationCode: "VALID", blockNumber: "7" }, "VALID in block 7, 5 ms"],
  [{ succeeded: false }, "failed after 5 ms"],
  [{ succeeded: false, validationCode: "MVCC_READ_CONFLICT" }, "not valid: MVCC_READ_CONFLICT, 5 ms"],
])("has a headline for %j", (outcome, text) => {
  expect(headline({ ...outcome, milliseconds: 5 })).toBe(text);
});

it("proposes the following version", () => {
  expect(["1.0", "2", "1.9", "1.0-rc1", "first"].map(followingVersion)).toEqual([
    "1.1",
    "3",
    "1.10",
    "1.0-rc2",
    "first.1",
  ]);
});

it("says what a version changes, and how to go on", () => {
  const made = {
    version: "1.1",
    patch: "…",
    files: ["a.ts"],
    diff: "chaincode: new version\n",
    next: ["./baas diff dev"],
  };
  const text = describeVersion(made, "x.patch");
  for (const part of [
    "- a.ts",
    "$ ./baas diff dev",
    "chaincode: new version\n```",
    "Nothing is changed on the network",
  ])
    expect(text).toContain(part);
});

it("has a page that runs its own script alone, and loads nothing", () => {
  const page = callDocument('say("</script><script>other()")', "abc");
  expect(page).toContain(
    `content="default-src 'none'; style-src 'nonce-abc'; script-src 'nonce-abc'; form-action 'none'; base-uri 'none'"`,
  );
  expect(page.match(/<script/g)).toHaveLength(2);
  expect(page.match(/<\/script>/g)).toHaveLength(1);
  expect(page).not.toMatch(/(src|href)=/);
  expect(callDocument("")).not.toBe(callDocument(""));
});

/** The libraries fabric/ and client/ are published apart and import nothing of each other: what both need, each has a copy of. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { expect, it } from "vitest";

const read = (path: string): string => readFileSync(join(__dirname, "..", path), "utf8");

it.each([
  ["fabric/src/nodes/channel.ts", "client/src/peers/channel.ts"],
  ["fabric/src/lowS.ts", "client/src/identity/lowS.ts"],
])("%s and %s are the same: what is mended in one is mended in the other", (one, other) => {
  expect(read(other)).toBe(read(one));
});

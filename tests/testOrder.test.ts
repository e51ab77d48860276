import { describe, expect, it } from "vitest";

import { mixed } from "./testOrder.mts";

describe("the order of test files", () => {
  it.each([
    ["two on a Kubernetes first, and the others where these may have ended", "ABCDEF", "123456", "AB12C34D56EF"],
    ["all of those when there are no others", "ABC", "", "ABC"],
    ["the others alone as they are", "", "123", "123"],
    ["each file once when there are few others", "ABCDE", "1", "ABCD1E"],
  ])("has %s", (_what, some, others, result) => {
    expect(mixed([...some], [...others]).join("")).toBe(result);
  });
});

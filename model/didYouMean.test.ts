import { describe, expect, it } from "vitest";

import { closest } from "./didYouMean";

describe("closest", () => {
  const keys = ["organizations", "ordering", "channels", "chaincodes", "domain"];
  it.each([
    ["organisations", "organizations"],
    ["chanels", "channels"],
    ["Domain", "domain"],
    ["order", "ordering"],
  ])("takes %s for %s", (written, meant) => expect(closest(written, keys)).toBe(meant));

  it("guesses nothing when nothing is near", () => expect(closest("gateway", keys)).toBeUndefined());
});

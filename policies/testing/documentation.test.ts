import { join } from "node:path";

import { expect, it } from "vitest";

import { allFixtures } from "./allFixtures";
import { documentation } from "./documentation";

// Vitest's option -u writes it anew.
it("is docs/policies.md as it is in the repository", async () => {
  await expect(await documentation(await allFixtures())).toMatchFileSnapshot(
    join(__dirname, "..", "..", "docs", "policies.md"),
  );
});

import { join } from "node:path";

import { expect, it } from "vitest";

import { documentation } from "./documentation";

// `npm run policies -- docs` writes it anew, and so does `npm test -- -u`.
it("is docs/policies.md as it is in the repository", async () => {
  await expect(await documentation()).toMatchFileSnapshot(join(__dirname, "..", "docs", "policies.md"));
});

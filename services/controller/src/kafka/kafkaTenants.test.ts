import { describe, expect, it } from "vitest";

import type { Ownership } from "./kafkaAdmin";
import { refusalOf } from "./kafkaTenants";

const own = { user: "trade", genesis: "ab12" };
const nobody: Ownership = { users: [], genesis: [] };
const mine: Ownership = { users: ["trade"], genesis: ["ab12"] };

describe("a topic", () => {
  it.each<[string, boolean, Ownership]>([
    ["that is not there, and nobody's", false, nobody],
    ["that it was given, and not made yet", false, mine],
    ["that it has", true, mine],
    ["that is marked as its own, whose other ACLs somebody has removed", true, { ...mine, users: [] }],
  ])("is a network's %s", (_, isThere, found) => {
    expect(refusalOf("main", { isThere, found, own })).toBeUndefined();
  });

  it.each<[string, boolean, Ownership, string]>([
    ["that another may write to", true, { users: ["other"], genesis: ["cd"] }, "belongs to other"],
    [
      "that others may write to, too",
      true,
      { ...mine, users: ["other", "third", "trade"] },
      "belongs to other and third",
    ],
    ["that another was given, and has not made yet", false, { users: ["other"], genesis: [] }, "belongs to other"],
    ["of an earlier network of its name", true, { ...mine, genesis: ["cd34"] }, "another genesis block (cd34…)"],
    ["that is marked twice", true, { ...mine, genesis: ["ab12", "cd34"] }, "another genesis block (cd34…)"],
    ["that was marked for another, and never made", false, { users: [], genesis: ["cd34"] }, "another genesis block"],
    ["without a mark", true, nobody, "no ACL says whose it is"],
  ])("is none of a network's %s", (_, isThere, found, words) => {
    expect(refusalOf("main", { isThere, found, own })).toContain(words);
  });

  it("of a new system channel is one that nobody has ever had", () => {
    const asked = { user: "trade" };
    expect(refusalOf("net-system", { isThere: false, found: nobody, own: asked })).toBeUndefined();
    expect(refusalOf("net-system", { isThere: false, found: mine, own: asked })).toContain("earlier network trade");
  });
});

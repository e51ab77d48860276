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
    expect(refusalOf("main", { there: new Set(isThere ? ["main"] : []), found, own })).toBeUndefined();
  });

  const earlier = (hash: string): string =>
    `belongs to an earlier network trade, whose system channel had another genesis block (${hash}…): restore that network's ` +
    "namespace, or delete the topic and its ACLs, or give the channel another name.";

  it.each<[string, boolean, Ownership, string]>([
    [
      "that another may write to",
      true,
      { users: ["other"], genesis: ["cd"] },
      "belongs to other: give the channel a name of its own.",
    ],
    [
      "that others may write to, too",
      true,
      { ...mine, users: ["other", "third", "trade"] },
      "belongs to other and third: give the channel a name of its own.",
    ],
    [
      "that another was given, and has not made yet",
      false,
      { users: ["other"], genesis: [] },
      "belongs to other: give the channel a name of its own.",
    ],
    ["of an earlier network of its name", true, { ...mine, genesis: ["cd34"] }, earlier("cd34")],
    ["that is marked twice", true, { ...mine, genesis: ["ab12", "cd34"] }, earlier("cd34")],
    ["that was marked for another, and never made", false, { users: [], genesis: ["cd34"] }, earlier("cd34")],
    [
      "without a mark",
      true,
      nobody,
      "is there, and no ACL says whose it is: delete it, or give the channel another name.",
    ],
  ])("is none of a network's %s", (_, isThere, found, words) => {
    expect(refusalOf("main", { there: new Set(isThere ? ["main"] : []), found, own })).toBe(`Topic main ${words}`);
  });

  it("of a new system channel is one that nobody has ever had", () => {
    const asked = { user: "trade" };
    expect(refusalOf("net-system", { there: new Set(), found: nobody, own: asked })).toBeUndefined();
    expect(refusalOf("net-system", { there: new Set(), found: mine, own: asked })).toContain("earlier network trade");
  });

  it("is none of a network's whose metrics would have the names of another's", () => {
    const words = `cannot be beside net_system, as Kafka's metrics have "_" for ".": give the channel another name.`;
    const alike = { there: new Set(["net_system"]), found: nobody };
    expect(refusalOf("net.system", { ...alike, own })).toBe(`Topic net.system ${words}`);
    expect(refusalOf("net.system", { ...alike, own: { user: "trade" } })).toBe(`Topic net.system ${words}`);
    expect(refusalOf("net-system", { ...alike, own })).toBeUndefined();
  });
});

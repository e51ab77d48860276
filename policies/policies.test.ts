import { join } from "node:path";

import { describe, expect, it } from "vitest";

import type { Policy } from "./kit/policy";
import { groupOf, groups, policies } from "./pack";
import { allFixtures, policyFiles } from "./testing/allFixtures";
import { describePolicy } from "./testing/describePolicy";

describe("the pack", async () => {
  const fixtures = await allFixtures();

  it.each(policyFiles(".ts"))("lists the policy of %s", async (file) => {
    const exported = Object.values<Policy>(await import(join(__dirname, `${file}.ts`)));
    expect(policies.filter((policy) => exported.includes(policy))).toHaveLength(1);
  });

  it("lists each policy once, under a name of its own and a group that there is", () => {
    expect(new Set(policies.map(({ name }) => name)).size).toBe(policyFiles(".ts").length);
    for (const policy of policies) expect(Object.keys(groups)).toContain(groupOf(policy));
  });

  it("has fixtures for each policy, and no others", () => {
    expect(fixtures.map(({ policy }) => policy.name)).toEqual(policies.map(({ name }) => name));
  });

  it("has fixtures for remedies of each policy that can remedy, and for no other", () => {
    const remedying = policies.filter((policy) => "remediate" in policy).map(({ name }) => name);
    expect(fixtures.flatMap(({ policy, remedied }) => (remedied ? [policy.name] : []))).toEqual(remedying);
  });

  fixtures.forEach(describePolicy);
});

import { expect, it } from "vitest";

import { policyPack } from "./pack";
import { fair } from "./testdata/evasions/fair";
import { longTexts, ofHidden, withLongText } from "./testdata/evasions/hidden";
import { ofClusters, ofExtensions, ofKinds, ofNamespaces, ofPods } from "./testdata/evasions/kinds";
import { ofNetworkPolicies, ofRoutes, ofServices } from "./testdata/evasions/network";
import { ofFields, ofMetadata, ofOthers } from "./testdata/evasions/pods";
import { ofRights } from "./testdata/evasions/rights";
import { ofBudgets, ofMoreSecrets, ofMoreTls, ofSecrets, ofTls } from "./testdata/evasions/texts";
import { besideCleanStack } from "./testing/evasion";
import { type Resource, testProject } from "./testing/fixtures";
import { messagesOf } from "./testing/messagesOf";

const { policies } = policyPack(testProject);

const evasions = [
  ...[ofKinds, ofPods, ofOthers, ofFields, ofMetadata, ofNamespaces, ofClusters, ofExtensions, ofRights].flat(),
  ...[ofHidden, ofNetworkPolicies, ofRoutes, ofServices, ofSecrets, ofMoreSecrets, ofTls, ofMoreTls, ofBudgets].flat(),
];

it.each(evasions)("$refusedBy refuses $title", ({ refusedBy, resources }) => {
  expect(Object.keys(violations(resources))).toContain(refusedBy);
});

it.each(fair)("the pack lets pass %s", (_title, ...resources) => {
  expect(violations(resources)).toEqual({});
});

it.each(longTexts)("the pack judges 64 KiB of %s within a second", (_title, text) => {
  const before = process.cpuUsage().user;
  violations(withLongText(text));
  expect((process.cpuUsage().user - before) / 1e6).toBeLessThan(1);
});

/** Messages about resources beside a stack that violates nothing, by the names of mandatory policies. */
function violations(resources: readonly Resource[]): Record<string, string[]> {
  const all = besideCleanStack(resources);
  const mandatory = policies.filter(({ enforcementLevel }) => enforcementLevel === "mandatory");
  const asked = mandatory.map((policy) => [policy.name, messagesOf(policy, all)] as const);
  return Object.fromEntries(asked.filter(([, messages]) => messages.length > 0));
}

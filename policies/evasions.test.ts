import { expect, it } from "vitest";

import { isWholeStackPolicy, type ResourcePolicy } from "../model/pulumi/policyPack";
import { policyPack } from "./pack";
import { fair } from "./testdata/evasions/fair";
import { ofClusters, ofKinds, ofNamespaces, ofPods } from "./testdata/evasions/kinds";
import { ofNetworkPolicies, ofRoutes } from "./testdata/evasions/network";
import { ofRights } from "./testdata/evasions/rights";
import { ofSecrets, ofTls } from "./testdata/evasions/texts";
import { besideCleanStack } from "./testing/evasion";
import { type Resource, testProject } from "./testing/fixtures";

const { policies } = policyPack(testProject);

const evasions = [
  ...[ofKinds, ofPods, ofNamespaces, ofClusters, ofRights, ofNetworkPolicies, ofRoutes, ofSecrets, ofTls].flat(),
];

it.each(evasions)("$refusedBy refuses $title", ({ refusedBy, resources }) => {
  expect(Object.keys(violations(resources))).toContain(refusedBy);
});

it.each(fair)("the pack lets pass %s", (_title, ...resources) => {
  expect(violations(resources)).toEqual({});
});

/** Messages about resources beside a stack that violates nothing, by the names of mandatory policies. */
function violations(resources: readonly Resource[]): Record<string, string[]> {
  const all = besideCleanStack(resources).map(({ type, urn, inputs }) => ({ type, urn, props: inputs }));
  const getConfig = (): object => ({});
  const found: Record<string, string[]> = {};
  for (const policy of policies.filter(({ enforcementLevel }) => enforcementLevel === "mandatory")) {
    const report = (message: string): void => void (found[policy.name] ??= []).push(message);
    if (isWholeStackPolicy(policy)) policy.validateStack({ resources: all, getConfig }, report);
    else for (const each of all) (policy as ResourcePolicy).validateResource({ ...each, getConfig }, report);
  }
  return found;
}

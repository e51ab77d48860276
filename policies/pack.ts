/** The pack of policies, in the form that Pulumi expects. */
import { existsSync } from "node:fs";
import { join } from "node:path";

import { compareText } from "../model/plainData";
import type { PolicyPack } from "../model/pulumi/policyPack";
import { toPulumiPolicy } from "./kit/adapter";
import type { Policy } from "./kit/policy";
import { StackFiles } from "./kit/stackFile";
import { version } from "./package.json";
import * as listed from "./policies";

/** What the policies are about: the first word of a policy's name, in the order of the documentation. */
export const groups = {
  ports: "Ports",
  resources: "Resources",
  storage: "Resources",
  availability: "Availability",
  security: "Security",
  fabric: "Fabric",
  ethereum: "Ethereum",
} as const;

/** Every policy, by group and name. */
export const policies: readonly Policy[] = Object.values<Policy>(listed).sort(
  (a, b) => rank(a) - rank(b) || compareText(a.name, b.name),
);

/** What a policy is about: a key of {@link groups}. */
export function groupOf({ name }: Policy): keyof typeof groups {
  return name.split("-")[0] as keyof typeof groups;
}

function rank(policy: Policy): number {
  return Object.keys(groups).indexOf(groupOf(policy));
}

/**
 * The pack, for the stacks of a project.
 *
 * @param projectDir - folder of Pulumi.yaml
 * @param recordsDir - project with the records of earlier declarations; by default the project itself
 */
export function policyPack(projectDir: string, recordsDir?: string): PolicyPack {
  const stackFiles = new StackFiles(projectDir, recordsDir);
  return {
    name: "baas",
    version,
    description: "What a Fabric network on Kubernetes may not be.",
    policies: policies.map((policy) => toPulumiPolicy(policy, stackFiles)),
  };
}

/**
 * The pack of a project, which checks the project's stacks.
 *
 * @param recordsDir - as in {@link policyPack}
 * @returns undefined for a project from which the pack has been removed
 */
export function policyPackIn(projectDir: string, recordsDir?: string): PolicyPack | undefined {
  return existsSync(join(projectDir, "policies", "PulumiPolicy.yaml")) ? policyPack(projectDir, recordsDir) : undefined;
}

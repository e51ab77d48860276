/**
 * A CrossGuard policy pack, as far as this project uses what Pulumi offers: `@pulumi/policy` takes it under the Pulumi CLI,
 * and the offline engine asks it in its own process.
 */

/** How a violation of a policy is taken. */
export type EnforcementLevel = "advisory" | "mandatory" | "remediate" | "disabled";

/** A pack of policies for one project. */
export interface PolicyPack {
  name: string;
  version: string;
  description: string;
  policies: PulumiPolicy[];
}

/** A policy as `@pulumi/policy` takes it. */
export type PulumiPolicy = ResourcePolicy | WholeStackPolicy;

interface Common {
  name: string;
  description: string;
  enforcementLevel: EnforcementLevel;
  /** JSON Schemas of its settings, by their names. */
  configSchema?: { properties: Record<string, any> };
}

/** A policy that looks at one resource at a time. */
export interface ResourcePolicy extends Common {
  /** Reports what is wrong with a resource. It must leave the properties as they are. */
  validateResource(resource: AskedResource & Configured, report: (message: string) => void): void;
  /** The properties that a resource should have instead; undefined when there is nothing to do. */
  remediateResource?(resource: AskedResource & Configured): Record<string, any> | undefined;
}

/** A policy that looks at all resources of a stack. */
export interface WholeStackPolicy extends Common {
  /** Reports what is wrong with the stack, and with which of its resources. */
  validateStack(
    stack: { resources: readonly AskedResource[] } & Configured,
    report: (message: string, urn?: string) => void,
  ): void;
}

/** A resource that a policy is asked about. */
export interface AskedResource {
  type: string;
  urn: string;
  /** Its inputs, secrets opened. To read what is not known before apply ends the policy, as `@pulumi/policy` has it. */
  props: any;
}

/** What a policy is asked with. */
export interface Configured {
  /** Its settings. */
  getConfig(): object;
}

/** Whether a policy looks at all resources of a stack. */
export function isWholeStackPolicy(policy: PulumiPolicy): policy is WholeStackPolicy {
  return "validateStack" in policy;
}

/**
 * Keys under which a guard around properties, which stops who reads what is not known, tells that it is one, and gives what
 * it stands before. They are those of `@pulumi/policy`.
 */
export const guardKeys = { isGuard: "__isSpecialProxy", target: "__getSpecialProxyTarget" } as const;

/**
 * The part of CrossGuard's policy packs that this project uses. `@pulumi/policy` runs a pack under the Pulumi CLI; the
 * engine of `baas` runs it in its own process.
 */

/** What a violation of a policy can lead to. */
export const enforcementLevels = ["advisory", "mandatory", "remediate", "disabled"] as const;

/** What a violation of a policy leads to. */
export type EnforcementLevel = (typeof enforcementLevels)[number];

/** A pack of policies for one project. */
export interface PolicyPack {
  name: string;
  version: string;
  description: string;
  policies: PulumiPolicy[];
}

/** A policy in the form of `@pulumi/policy`. */
export type PulumiPolicy = ResourcePolicy | WholeStackPolicy;

interface Common {
  name: string;
  description: string;
  enforcementLevel: EnforcementLevel;
  /** JSON Schemas of its settings, by their names. */
  configSchema?: { properties: Record<string, any> };
  /** Names of settings by which something is allowed that is refused otherwise. Only an environment sets them. */
  allowing?: readonly string[];
}

/** A policy that looks at one resource at a time. */
export interface ResourcePolicy extends Common {
  /** Reports what is wrong with a resource. It must not change the properties. */
  validateResource(resource: AskedResource & Configured, report: (message: string) => void): void;
  /** The properties that a resource should have instead; undefined when there is nothing to do. */
  remediateResource?(resource: AskedResource & Configured): Record<string, any> | undefined;
}

/** A policy that looks at all resources of a stack. */
export interface WholeStackPolicy extends Common {
  /** Reports what is wrong with the stack, and in which of its resources. */
  validateStack(
    stack: { resources: readonly AskedResource[] } & Configured,
    report: (message: string, urn?: string) => void,
  ): void;
}

/** A resource that a policy checks. */
export interface AskedResource {
  type: string;
  urn: string;
  /** Its inputs, with secrets in plain text. Reading a value that is unknown before apply throws, as in `@pulumi/policy`. */
  props: any;
}

/** What each call of a policy receives. */
export interface Configured {
  /** Its settings. */
  getConfig(): object;
}

/** Whether a policy looks at all resources of a stack. */
export function isWholeStackPolicy(policy: PulumiPolicy): policy is WholeStackPolicy {
  return "validateStack" in policy;
}

/**
 * Keys of the guard (a proxy) around properties, which throws when an unknown value is read. By one key it shows that it is a
 * guard; by the other it gives the properties behind it. The keys are those of `@pulumi/policy`.
 */
export const guardKeys = { isGuard: "__isSpecialProxy", target: "__getSpecialProxyTarget" } as const;

/** What is asked of policies, and what they answer, as plain data. */
import type { Settable } from "../../../model/project/policyProfile";
import type { Level } from "../../../model/stackFile/mergedPolicies";
import type { Registration } from "../declared/registration";

/** A policy, as the pack describes it. */
export interface PolicyInfo extends Settable {
  description: string;
}

/** A resource that policies look at, and the provider that manages it. */
export interface AnalyzedResource {
  registration: Registration;
  provider?: Registration;
}

/** What a policy found. */
export interface Diagnosis {
  policy: string;
  pack: string;
  packVersion: string;
  level: Level;
  message: string;
  /** The resource, where the policy names one. */
  urn?: string;
}

/** Properties that a policy has changed, or why it could not. */
export interface Remediation {
  policy: string;
  /** With the marks of the wire. */
  properties?: Record<string, unknown>;
  diagnostic?: string;
}

/** Violations of policies. */
import type { Level } from "../../../model/stackFile/mergedPolicies";

/** A violation of a policy. */
export interface Diagnosis {
  policy: string;
  pack: string;
  packVersion: string;
  level: Level;
  message: string;
  /** The resource, if the policy names one. */
  urn?: string;
}

/** What policies find. */
import type { Level } from "../../../model/stackFile/mergedPolicies";

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

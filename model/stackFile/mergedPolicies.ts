/** Merges the policy levels and settings of environments and stacks. */
import type { EnforcementLevel } from "../pulumi/policyPack";
import type { PolicySettings } from "./schema";

/** Levels and settings of policies, without defaults. */
export type Profile = Record<string, { level?: EnforcementLevel; settings: Record<string, unknown> }>;

/** Merges the policies of an environment and a stack. The stack's value of a setting replaces the environment's. */
export function mergedPolicies(shared: PolicySettings = {}, own: PolicySettings = {}): Profile {
  const [a, b] = [profileOf(shared), profileOf(own)];
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return Object.fromEntries(
    names.map((name) => {
      const level = b[name]?.level ?? a[name]?.level;
      const settings = { ...a[name]?.settings, ...b[name]?.settings };
      return [name, { ...(level !== undefined && { level }), settings }];
    }),
  );
}

function profileOf(given: PolicySettings): Profile {
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => {
      if (typeof value === "string") return [name, { level: value, settings: {} }];
      const { enforcementLevel: level, ...settings } = value;
      return [name, { ...(level !== undefined && { level }), settings }];
    }),
  );
}

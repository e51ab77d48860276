/** What environments and stacks say about policies, as one. */
import type { z } from "zod";

import type { enforcementLevelSchema, PolicySettings } from "./schema";

/** How violations of a policy are taken. */
export type Level = z.output<typeof enforcementLevelSchema>;

/** How policies are taken: only what somebody has said. */
export type Profile = Record<string, { level?: Level; settings: Record<string, unknown> }>;

/** What the environment says about policies, and what the stack says otherwise: its word on a setting replaces the other. */
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

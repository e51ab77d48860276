/** What changes in the levels and settings of a network's policies. A lowered level is loud. */
import { isDeepStrictEqual } from "node:util";

import type { EnforcementLevel } from "../pulumi/policyPack";
import type { Profile } from "../stackFile/mergedPolicies";
import type { NetworkChange } from "./change";

/**
 * Compares the policy levels and settings of environment and stack.
 *
 * @param before - absent in records from before policies were recorded; nothing is compared then
 */
export function policyChanges(before: Profile | undefined, after: Profile | undefined): NetworkChange[] {
  if (before === undefined || after === undefined) return [];
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.flatMap((name) => {
    const [old, now] = [before[name], after[name]];
    return [...levelChange(name, old?.level, now?.level), ...settingChanges(name, old?.settings, now?.settings)];
  });
}

const withoutTeeth: Partial<Record<EnforcementLevel, string>> = {
  disabled: "violations are no longer reported",
  advisory: "violations are shown, but do not stop an apply",
};

function levelChange(
  policy: string,
  before: EnforcementLevel | undefined,
  after: EnforcementLevel | undefined,
): NetworkChange[] {
  if (before === after) return [];
  const consequence = after === undefined ? undefined : withoutTeeth[after];
  const isStricter = before === "disabled" && after === "advisory";
  return [
    {
      action: "change",
      subject: `policy ${policy}`,
      text: `level ${before ?? "the pack's"} -> ${after ?? "the pack's"}`,
      consequences: consequence === undefined ? [] : [consequence],
      loud: consequence !== undefined && !isStricter,
    },
  ];
}

type Settings = Record<string, unknown>;

function settingChanges(policy: string, before: Settings = {}, after: Settings = {}): NetworkChange[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return keys
    .filter((key) => !isDeepStrictEqual(before[key], after[key]))
    .map((key) => ({
      action: "change",
      subject: `policy ${policy}`,
      text: `${key} ${valueText(before[key])} -> ${valueText(after[key])}`,
      consequences: [],
      loud: false,
    }));
}

function valueText(value: unknown): string {
  if (value === undefined) return "the pack's";
  return typeof value === "string" ? value : JSON.stringify(value);
}

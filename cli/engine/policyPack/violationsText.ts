/** Violations of policies as text. */
import { kindOfType } from "../../../model/pulumi/kubernetesTypes";
import { parseUrn } from "../../../model/pulumi/urn";
import type { Paint } from "../../common/colors";
import type { ProgramResult, Registration } from "../declared/registration";
import { manifestName } from "../kubernetes/manifest";
import type { Diagnosis } from "./analyze";
import type { PolicyFindings } from "./askPolicies";

const looks = { mandatory: "red", advisory: "yellow" } as const;

/** The violations of a stack: mandatory ones first, each policy with its objects; empty when there are none. */
export function violationsText(violations: readonly Diagnosis[], result: ProgramResult, paint: Paint): string {
  if (violations.length === 0) return "";
  const byUrn = new Map(result.registrations.map((registration) => [registration.urn, registration]));
  const sections = (["mandatory", "advisory"] as const).flatMap((level) => {
    const ofLevel = violations.filter((each) => (each.level === "mandatory") === (level === "mandatory"));
    const policies = [...new Set(ofLevel.map(({ policy }) => policy))];
    return policies.flatMap((policy) => {
      const own = ofLevel.filter((each) => each.policy === policy);
      const [first = ""] = own[0]!.message.split("\n");
      return [
        `  ${paint(looks[level], level)} ${policy}: ${first}`,
        ...own.flatMap(({ urn, message }) => [
          `    ${nameOf(byUrn.get(urn ?? ""), urn)}`,
          // The first line of every message describes the policy.
          ...message
            .split("\n")
            .slice(message.startsWith(`${first}\n`) ? 1 : 0)
            .map((line) => `      ${line}`),
        ]),
      ];
    });
  });
  return [paint("bold", titles.violations), ...sections, ""].join("\n");
}

/** The number of violations of each level, in words. */
export function violationsCount(violations: readonly Diagnosis[]): string {
  const mandatory = violations.filter(({ level }) => level === "mandatory").length;
  const parts = [
    [mandatory, "mandatory"],
    [violations.length - mandatory, "advisory"],
  ] as const;
  const said = parts.flatMap(([count, level]) => (count === 0 ? [] : [`${count} ${level}`])).join(" and ");
  return `${said} policy violation${violations.length === 1 ? "" : "s"}`;
}

/** Beginnings of the parts of a preview that a reviewer must see. */
export const titles = {
  violations: "Policy violations:",
  relaxed: "Less strict in this stack:",
  changed: "Policy settings that this stack changes:",
} as const;

/** Lists policies with a lower enforcement level than in the pack, and settings that the stack changes; empty without any. */
export function relaxedText({ relaxed, changed }: Pick<PolicyFindings, "relaxed" | "changed">): string {
  const levels = relaxed.map(({ policy, level }) => `${policy} (${level})`);
  const settings = changed.map(
    ({ policy, setting, before, after }) => `${policy} (${setting} ${valueText(before)} -> ${valueText(after)})`,
  );
  return line(titles.relaxed, levels) + line(titles.changed, settings);
}

function line(title: string, entries: readonly string[]): string {
  return entries.length === 0 ? "" : `${title} ${entries.join(", ")}\n`;
}

function valueText(value: unknown): string {
  return value === undefined ? "unset" : typeof value === "string" ? value : JSON.stringify(value);
}

function nameOf(registration: Registration | undefined, urn: string | undefined): string {
  if (registration === undefined) return urn ?? "the stack";
  const kind = kindOfType(registration.type);
  const { name, namespace } = (registration.inputs.metadata ?? {}) as { name?: string; namespace?: string };
  if (kind === undefined || name === undefined) return `${parseUrn(registration.urn).type} ${registration.name}`;
  return manifestName({ ...kind, name, ...(namespace !== undefined && { namespace }) });
}

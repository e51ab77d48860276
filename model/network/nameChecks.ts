/** Rules of the names of a network: each is taken once, and Kubernetes accepts it. */
import { dnsLabel, dnsSubdomain, type NameRule, ruleBroken } from "../contracts/nameRules";
import type { Finding } from "../stackFile/findings";
import { type ClaimedName, claimedNames, type NamedKind, type ObjectKind } from "./claimedNames";
import type { NetworkPlan } from "./networkPlan";

/**
 * Checks all names of a network.
 *
 * @param root - path of the network in its file, such as `baas:network`
 */
export function checkNames(root: string, plan: NetworkPlan): Finding[] {
  const names = claimedNames(root, plan);
  return [...refusedNames(names), ...takenNames(names)];
}

const label: NameRule = { ...dnsSubdomain, maxLength: 63 };

/** Kinds whose names Kubernetes limits to less than those of others. */
const rules: Partial<Record<ObjectKind | "pods", NameRule>> = {
  Service: dnsLabel,
  // Pods have the name in a label, of which 63 characters fit; those of a StatefulSet with a dash and ten more.
  StatefulSet: { ...label, maxLength: 52 },
  Job: label,
  pods: label,
};

// The common name of a certificate: ub-common-name in RFC 5280, appendix A.1.
const enrolmentId: NameRule = { ...dnsSubdomain, maxLength: 64 };

function ruleOf(kind: NamedKind): NameRule | undefined {
  if (typeof kind === "string") return rules[kind] ?? dnsSubdomain;
  // The schema checks what is written.
  return "given" in kind ? undefined : enrolmentId;
}

/** The names that Kubernetes would refuse. An owner has one finding, however many objects of it would be refused. */
function refusedNames(names: readonly ClaimedName[]): Finding[] {
  const findings = names.flatMap(({ kind, name, path, of }) => {
    const rule = ruleOf(kind);
    const broken = rule && ruleBroken(rule, name);
    if (broken === undefined) return [];
    const remedy = name.length > rule!.maxLength ? "use a shorter name" : "use another name";
    return [{ path, message: `${of} would get the ${shown(kind, name)}: ${broken}: ${remedy}` }];
  });
  return firstOf(findings, ({ path }) => path);
}

/** The names that are taken twice. Two places have one finding, however many of their names are equal. */
function takenNames(names: readonly ClaimedName[]): Finding[] {
  const first = new Map<string, ClaimedName>();
  const findings = names.flatMap((claim) => {
    const { kind, name, path, of } = claim;
    const key = JSON.stringify([kind, name]);
    const other = first.get(key);
    if (other === undefined) first.set(key, claim);
    if (other === undefined || (other.path === path && other.of === of)) return [];
    const message =
      typeof kind === "object" && "given" in kind
        ? `${shown(kind, name)} is taken by ${other.path}`
        : `${of} would get the ${shown(kind, name)}, as ${other.of} does (${other.path}): rename one`;
    return [{ path, other: other.path, message }];
  });
  return firstOf(findings, ({ path, other }) => `${path} ${other}`).map(({ path, message }) => ({ path, message }));
}

function shown(kind: NamedKind, name: string): string {
  if (typeof kind === "string") return `${kind} "${name}"`;
  return "given" in kind ? `${kind.given} "${name}"` : `enrolment ID "${name}" at ${kind.enrolmentIdAt}`;
}

function firstOf<T>(all: readonly T[], key: (each: T) => string): T[] {
  const found = new Map<string, T>();
  for (const each of all) if (!found.has(key(each))) found.set(key(each), each);
  return [...found.values()];
}

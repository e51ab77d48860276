/** What the policy pack says about what a program declares. */
import { isPlainObject } from "../../../model/plainData";
import type { Configuration } from "../../../model/project/policyProfile";
import { inParallel } from "../../common/inParallel";
import type { Diagnostic } from "../declared/diagnostics";
import type { ProgramResult, Registration } from "../declared/registration";
import { decode, Secret } from "../declared/values";
import type { PolicyPack } from "./policyPack";
import type { AnalyzedResource, Diagnosis } from "./policyTypes";

/** What the policies found in a stack, and made of it. */
export interface Analysis {
  /** Mandatory ones first, then by policy and resource. */
  violations: Diagnosis[];
  /** What the program declares, with what policies have remedied. */
  result: ProgramResult;
  /** What was remedied, and what policies could not decide. */
  diagnostics: Diagnostic[];
}

// Enough to keep both processes busy.
const inFlight = 32;

/**
 * Asks the pack about every resource, as the CLI does: first for remedies, then for violations, at the end about the stack
 * as a whole.
 */
export async function analyze(
  pack: PolicyPack,
  configuration: Configuration,
  program: ProgramResult,
): Promise<Analysis> {
  await pack.configure(configuration);
  const diagnostics: Diagnostic[] = [];
  let { registrations } = program;
  // A pack remedies only what it is told to: unless it is, the answers are known.
  if (Object.values(configuration).some(({ level }) => level === "remediate")) {
    const declared = byUrn(registrations);
    const remedied = (registration: Registration) => remedy(pack, resourceOf(registration, declared), diagnostics);
    registrations = await inParallel(registrations, remedied, inFlight);
  }
  const known = byUrn(registrations);
  const resources = registrations.map((registration) => resourceOf(registration, known));
  const ask = async (resource: AnalyzedResource): Promise<Diagnosis[]> => {
    const { urn } = resource.registration;
    return (await pack.analyze(resource)).map((each) => ({ urn, ...each }));
  };
  const ofResources = await inParallel(resources, ask, inFlight);
  const violations = [...ofResources.flat(), ...(await pack.analyzeStack(resources))];
  return { violations: sorted(violations, registrations), result: { ...program, registrations }, diagnostics };
}

/** Whether what was found keeps a stack from being applied. */
export function isRefused(violations: readonly Diagnosis[]): boolean {
  return violations.some(({ level }) => level === "mandatory");
}

async function remedy(
  pack: PolicyPack,
  { registration, provider }: AnalyzedResource,
  diagnostics: Diagnostic[],
): Promise<Registration> {
  let { inputs } = registration;
  for (const { policy, properties, diagnostic } of await pack.remediate({ registration, provider })) {
    const { urn } = registration;
    if (diagnostic !== undefined) diagnostics.push({ severity: "warning", message: diagnostic, urn });
    if (properties === undefined) continue;
    inputs = keepSecrets(registration.inputs, decode(properties)) as Record<string, unknown>;
    diagnostics.push({ severity: "info", message: `remedied by policy "${policy}"`, urn });
  }
  return inputs === registration.inputs ? registration : { ...registration, inputs };
}

/** What was secret stays so: a policy that copies an object loses the mark, and a preview would show the value. */
function keepSecrets(before: unknown, after: unknown): unknown {
  if (before instanceof Secret) return after === undefined || after instanceof Secret ? after : new Secret(after);
  if (Array.isArray(before) && Array.isArray(after)) return after.map((each, i) => keepSecrets(before[i], each));
  if (!isPlainObject(before) || !isPlainObject(after)) return after;
  return Object.fromEntries(Object.entries(after).map(([key, value]) => [key, keepSecrets(before[key], value)]));
}

function byUrn(registrations: readonly Registration[]): Map<string, Registration> {
  return new Map(registrations.map((registration) => [registration.urn, registration]));
}

function resourceOf(registration: Registration, known: ReadonlyMap<string, Registration>): AnalyzedResource {
  const provider = known.get(registration.options.provider ?? "");
  return { registration, ...(provider !== undefined && { provider }) };
}

function sorted(violations: readonly Diagnosis[], registrations: readonly Registration[]): Diagnosis[] {
  const places = new Map(registrations.map(({ urn }, i) => [urn, i]));
  const key = ({ level, policy, urn, message }: Diagnosis): string =>
    [level === "mandatory" ? 0 : 1, policy, String(places.get(urn ?? "") ?? -1).padStart(7), message].join("\0");
  const keyed = violations.map((violation) => [key(violation), violation] as const);
  return keyed.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, violation]) => violation);
}

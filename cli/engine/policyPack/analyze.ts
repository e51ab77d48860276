/** What the policy pack says about what a program declares. */
import type { Diagnostic } from "../../../model/userError";
import type { ProgramResult, Registration } from "../registration";
import { decode, isPlainObject, Secret } from "../values";
import type { AnalyzedResource, Diagnosis, PolicyConfiguration, PolicyPack } from "./policyPack";

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
  configuration: PolicyConfiguration,
  program: ProgramResult,
): Promise<Analysis> {
  await pack.configure(configuration);
  const diagnostics: Diagnostic[] = [];
  const registrations = program.registrations.slice();
  // A pack remedies only what it is told to: unless it is, the answers are known.
  if (Object.values(configuration).some(({ level }) => level === "remediate")) {
    await forEach(registrations, async (registration, i) => {
      const remedied = await remedy(pack, resourceOf(registration, byUrn(program)), diagnostics);
      if (remedied !== undefined) registrations[i] = remedied;
    });
  }
  const result = { ...program, registrations };
  const known = byUrn(result);
  const resources = registrations.map((registration) => resourceOf(registration, known));
  const violations: Diagnosis[] = [];
  await forEach(resources, async (resource) => {
    const { urn } = resource.registration;
    violations.push(...(await pack.analyze(resource)).map((each) => ({ urn, ...each })));
  });
  violations.push(...(await pack.analyzeStack(resources)));
  return { violations: inOrder(violations, registrations), result, diagnostics };
}

/** Whether what was found keeps a stack from being applied. */
export function isRefused(violations: readonly Diagnosis[]): boolean {
  return violations.some(({ level }) => level === "mandatory");
}

async function remedy(
  pack: PolicyPack,
  { registration, provider }: AnalyzedResource,
  diagnostics: Diagnostic[],
): Promise<Registration | undefined> {
  let inputs: Record<string, unknown> | undefined;
  for (const { policy, properties, diagnostic } of await pack.remediate({ registration, provider })) {
    const { urn } = registration;
    if (diagnostic !== undefined) diagnostics.push({ severity: "warning", message: diagnostic, urn });
    if (properties === undefined) continue;
    inputs = keepSecrets(registration.inputs, decode(properties)) as Record<string, unknown>;
    diagnostics.push({ severity: "info", message: `remedied by policy "${policy}"`, urn });
  }
  return inputs && { ...registration, inputs };
}

/** What was secret stays so: a policy that copies an object loses the mark, and a preview would show the value. */
function keepSecrets(before: unknown, after: unknown): unknown {
  if (before instanceof Secret) return after === undefined || after instanceof Secret ? after : new Secret(after);
  if (Array.isArray(before) && Array.isArray(after)) return after.map((each, i) => keepSecrets(before[i], each));
  if (!isPlainObject(before) || !isPlainObject(after)) return after;
  return Object.fromEntries(Object.entries(after).map(([key, value]) => [key, keepSecrets(before[key], value)]));
}

function byUrn({ registrations }: ProgramResult): Map<string, Registration> {
  return new Map(registrations.map((registration) => [registration.urn, registration]));
}

function resourceOf(registration: Registration, known: Map<string, Registration>): AnalyzedResource {
  const provider = known.get(registration.options.provider ?? "");
  return { registration, ...(provider !== undefined && { provider }) };
}

async function forEach<T>(items: T[], act: (item: T, i: number) => Promise<void>): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < items.length) {
      const i = next++;
      await act(items[i]!, i);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, work));
}

function inOrder(violations: Diagnosis[], registrations: Registration[]): Diagnosis[] {
  const places = new Map(registrations.map(({ urn }, i) => [urn, i]));
  const key = ({ level, policy, urn, message }: Diagnosis): string =>
    [level === "mandatory" ? 0 : 1, policy, String(places.get(urn ?? "") ?? -1).padStart(7), message].join("\0");
  const keyed = violations.map((violation) => [key(violation), violation] as const);
  return keyed.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, violation]) => violation);
}

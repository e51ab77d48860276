/**
 * Evaluates a policy pack on a program's resources. The policies run in this process. Under the Pulumi CLI they run in a process
 * of their own with `@pulumi/policy`; tests/policyContract.test.ts checks that both give the same results.
 */
import { compareText, isPlainObject } from "../../../model/plainData";
import type { Configuration } from "../../../model/project/policyProfile";
import {
  type AskedResource,
  type EnforcementLevel,
  isWholeStackPolicy,
  type PolicyPack,
  type PulumiPolicy,
  type ResourcePolicy,
} from "../../../model/pulumi/policyPack";
import { UserError } from "../../../model/userError";
import type { Diagnostic } from "../declared/diagnostics";
import type { ProgramResult, Registration } from "../declared/registration";
import { Secret, unknownValue } from "../declared/values";
import { askedCopy, askedProperties, unknownText, UnknownValueError } from "./askedProperties";

/** A violation of a policy. */
export interface Diagnosis {
  policy: string;
  pack: string;
  packVersion: string;
  level: EnforcementLevel;
  message: string;
  /** The resource, if the policy names one. */
  urn?: string;
}

/** The result of evaluating the policies on a stack. */
export interface Analysis {
  /** Sorted: mandatory ones first, then by policy and resource. */
  violations: Diagnosis[];
  /** The program's resources with the policies' remedies. */
  result: ProgramResult;
  /** Messages about remedies, and about policies that could not be evaluated. */
  diagnostics: Diagnostic[];
}

/**
 * Evaluates the pack on every resource, as the CLI does: first remedies, then violations, at the end the policies for the
 * stack as a whole.
 *
 * @throws {@link UserError} naming a policy whose code fails
 */
export function analyze(pack: PolicyPack, configuration: Configuration, program: ProgramResult): Analysis {
  const asked = pack.policies
    .map((policy) => new AskedPolicy(pack, policy, configuration))
    .filter(({ level }) => level !== "disabled");
  const diagnostics: Diagnostic[] = [];
  const remedying = asked.filter(({ remedies }) => remedies);
  const registrations =
    remedying.length === 0
      ? program.registrations
      : program.registrations.map((registration) => remedied(remedying, registration, diagnostics));
  const resources = registrations.map(({ type, urn, inputs }): AskedResource => ({
    type,
    urn,
    props: askedProperties(inputs),
  }));
  const violations = asked.flatMap((policy) => policy.violations(resources));
  return { violations: sorted(violations, registrations), result: { ...program, registrations }, diagnostics };
}

/** Whether violations prevent an apply. */
export function isRefused(violations: readonly Diagnosis[]): boolean {
  return violations.some(({ level }) => level === "mandatory");
}

/** A policy with its enforcement level and settings in a stack. */
class AskedPolicy {
  readonly level: EnforcementLevel;
  private readonly configured: { getConfig(): object };

  constructor(
    private readonly pack: PolicyPack,
    readonly policy: PulumiPolicy,
    configuration: Configuration,
  ) {
    const { level, settings } = configuration[policy.name] ?? { level: policy.enforcementLevel, settings: {} };
    this.level = level;
    this.configured = { getConfig: () => settings };
  }

  get remedies(): boolean {
    return this.level === "remediate" && (this.policy as ResourcePolicy).remediateResource !== undefined;
  }

  violations(resources: readonly AskedResource[]): Diagnosis[] {
    const { policy, configured } = this;
    const found: Diagnosis[] = [];
    // A violation that remains after the remedies is refused.
    const level = this.level === "remediate" ? "mandatory" : this.level;
    const report = (message: string, urn?: string): void =>
      void found.push(this.diagnosis(level, `${policy.description}\n${message}`, urn));
    const ask = (act: () => void, urn?: string): void => {
      const undecided = this.undecided("policy", urn ?? "the stack", act);
      if (undecided !== undefined) found.push(this.diagnosis("advisory", undecided, urn));
    };
    if (isWholeStackPolicy(policy)) {
      ask(() => policy.validateStack({ resources, ...configured }, report));
      return found;
    }
    for (const resource of resources) {
      const { urn } = resource;
      ask(() => policy.validateResource({ ...resource, ...configured }, (message) => report(message, urn)), urn);
    }
    return found;
  }

  /** The remedied inputs of a resource, or why they are unknown; neither if nothing needs a remedy. */
  remedy(
    { type, urn }: Registration,
    inputs: Record<string, unknown>,
  ): { inputs?: Record<string, unknown>; undecided?: string } {
    const { remediateResource } = this.policy as ResourcePolicy;
    let better: Record<string, unknown> | undefined;
    const undecided = this.undecided("remediation", urn, () => {
      better = remediateResource!({ type, urn, props: askedCopy(inputs), ...this.configured });
    });
    if (undecided !== undefined) return { undecided };
    return better === undefined ? {} : { inputs: keepMarks(inputs, better) as Record<string, unknown> };
  }

  private diagnosis(level: EnforcementLevel, message: string, urn: string | undefined): Diagnosis {
    const { name, version } = this.pack;
    return {
      policy: this.policy.name,
      pack: name,
      packVersion: version,
      level,
      message,
      ...(urn !== undefined && { urn }),
    };
  }

  /** Runs a policy; returns a message if it needs a value that is not known before apply. */
  private undecided(what: "policy" | "remediation", about: string, act: () => void): string | undefined {
    const name = `${what} '${this.policy.name}' from policy pack '${this.pack.name}@v${this.pack.version}'`;
    try {
      act();
      return undefined;
    } catch (error) {
      if (error instanceof UnknownValueError) return `can't run ${name} during preview: ${error.message}`;
      throw new UserError(`${name} fails on ${about}: ${(error as Error).stack ?? String(error)}`);
    }
  }
}

function remedied(
  policies: readonly AskedPolicy[],
  registration: Registration,
  diagnostics: Diagnostic[],
): Registration {
  const { urn } = registration;
  let { inputs } = registration;
  for (const asked of policies) {
    const { inputs: better, undecided } = asked.remedy(registration, inputs);
    if (undecided !== undefined) diagnostics.push({ severity: "warning", message: undecided, urn });
    if (better === undefined) continue;
    inputs = better;
    diagnostics.push({ severity: "info", message: `remedied by policy "${asked.policy.name}"`, urn });
  }
  return inputs === registration.inputs ? registration : { ...registration, inputs };
}

/**
 * Restores the marks of secret and unknown values: policies see values without them, and a preview would show the secrets.
 * Undefined fields are left out.
 */
function keepMarks(before: unknown, after: unknown): unknown {
  if (before instanceof Secret) return new Secret(keepMarks(before.content(), after));
  if (after === unknownText) return unknownValue;
  if (Array.isArray(after)) return after.map((each, i) => keepMarks((before as unknown[] | undefined)?.[i], each));
  if (!isPlainObject(after)) return after;
  const old = isPlainObject(before) ? before : {};
  return Object.fromEntries(
    Object.entries(after).flatMap(([key, value]) => (value === undefined ? [] : [[key, keepMarks(old[key], value)]])),
  );
}

function sorted(violations: readonly Diagnosis[], registrations: readonly Registration[]): Diagnosis[] {
  const places = new Map(registrations.map(({ urn }, i) => [urn, i]));
  const key = ({ level, policy, urn, message }: Diagnosis): string =>
    [level === "mandatory" ? 0 : 1, policy, String((places.get(urn ?? "") ?? -1) + 1).padStart(7, "0"), message].join(
      "\0",
    );
  const keyed = violations.map((violation) => [key(violation), violation] as const);
  return keyed.sort(([a], [b]) => compareText(a, b)).map(([, violation]) => violation);
}

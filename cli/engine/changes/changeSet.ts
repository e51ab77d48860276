/** Computes what an apply would change: the steps from the last declaration to the present one. */
import { parseUrn, stackType } from "../../../model/pulumi/urn";
import type { Diagnostic } from "../declared/diagnostics";
import { keepFields } from "../declared/propertyPaths";
import type { ProgramResult, Registration } from "../declared/registration";
import { secretDigestOf } from "../record/secretDigest";
import { appliedText, type RecordedResource, type StackRecord } from "../record/stackRecord";
import { type Difference, differences } from "./differences";
import { replacingPaths, touches } from "./replacement";

/** What happens to a resource. */
export type Op = "create" | "update" | "replace" | "delete" | "same" | "read";

/** What an apply does to a resource. */
export type Action = Exclude<Op, "same" | "read">;

/** Whether an apply acts on the resource. */
export function isAction(op: Op): op is Action {
  return op !== "same" && op !== "read";
}

/** The step of one resource, and its reason. */
export interface Step {
  op: Op;
  urn: string;
  before?: RecordedResource;
  after?: Registration;
  /** The inputs of `after`; fields in `ignoreChanges` keep their old values. */
  wanted?: Record<string, unknown>;
  differences: Difference[];
  /** The differences that require a replacement. */
  replacing: Difference[];
  /** Whether the old resource is deleted before the new one is created, because both have the same name. */
  deleteFirst: boolean;
  /** Whether the old resource stays in the cluster, no longer managed. */
  retained: boolean;
}

/** All steps of a stack, in the order of execution. */
export interface ChangeSet {
  steps: Step[];
  /** Number of steps of each kind; kinds that do not occur are left out. */
  counts: Partial<Record<Op, number>>;
  /** Why the steps cannot be carried out. */
  diagnostics: Diagnostic[];
  /** Whether there was a record to compare with. */
  compared: boolean;
  /** What it was compared with, in words, if the record has it. */
  comparedWith?: string;
}

/** Compares what a program declares with the record of the last apply, or of a revision. Without a record everything is new. */
export function compareWithRecord(result: ProgramResult, record: StackRecord | undefined): ChangeSet {
  const old = new Map((record?.resources ?? []).map((resource) => [resource.urn, resource]));
  const context: Context = {
    changed: new Set(),
    digest: secretDigestOf(result.projectDir),
    byUrn: new Map(result.registrations.map((registration) => [registration.urn, registration])),
  };
  const steps = result.registrations.map((after) => {
    const formerUrn = [after.urn, ...(after.options.aliases ?? [])].find((urn) => old.has(urn));
    const before = formerUrn === undefined ? undefined : old.get(formerUrn);
    if (formerUrn !== undefined) old.delete(formerUrn);
    const step = stepFor(before, after, context);
    if (isAction(step.op)) context.changed.add(after.urn);
    return step;
  });
  // Resources are deleted in reverse order, so dependents go before their dependencies.
  const gone = [...old.values()].reverse().filter(({ read }) => read === undefined);
  steps.push(...gone.map(deletion));
  const comparedWith = record && (record.revision ?? appliedText(record));
  return {
    steps,
    counts: count(steps),
    diagnostics: protectedOnes(steps),
    compared: record !== undefined,
    ...(comparedWith !== undefined && { comparedWith }),
  };
}

interface Context {
  /** URNs of created, updated and replaced resources. */
  changed: Set<string>;
  digest: ReturnType<typeof secretDigestOf>;
  byUrn: Map<string, Registration>;
}

function stepFor(before: RecordedResource | undefined, after: Registration, context: Context): Step {
  const step: Step = {
    op: after.read === undefined ? "create" : "read",
    urn: after.urn,
    ...(before !== undefined && { before }),
    after,
    wanted: after.inputs,
    differences: [],
    replacing: [],
    deleteFirst: false,
    retained: false,
  };
  if (before === undefined || after.read !== undefined) return step;
  const { options } = after;
  const wanted = keepFields(after.inputs, before.inputs, options.ignoreChanges ?? []);
  const found = differences(before.inputs, wanted, {
    digest: context.digest,
    unknownChanges: ([property]) =>
      (options.propertyDependencies[String(property)] ?? []).some((urn) => context.changed.has(urn)),
  });
  const patterns = replacingPaths(after, context.byUrn.get(options.provider ?? "")?.inputs);
  const replacing = found.filter((difference) => patterns.some((pattern) => touches(pattern, difference)));
  const op = replacing.length > 0 ? "replace" : found.length > 0 ? "update" : "same";
  const deleteFirst = op === "replace" && (options.deleteBeforeReplace ?? sameObject(before, after));
  const retained = op === "replace" && before.options.retainOnDelete === true;
  return { ...step, op, wanted, differences: found, replacing, deleteFirst, retained };
}

/** Whether a replacement has the same name as the old object, so that both cannot exist at the same time. */
function sameObject(before: RecordedResource, after: Registration): boolean {
  if (!after.type.startsWith("kubernetes:")) return false;
  const [old, now] = [before.inputs.metadata, after.inputs.metadata] as any[];
  return old?.name === now?.name && old?.namespace === now?.namespace;
}

function deletion(before: RecordedResource): Step {
  const retained = before.options.retainOnDelete === true;
  return { op: "delete", urn: before.urn, before, differences: [], replacing: [], deleteFirst: false, retained };
}

function count(steps: readonly Step[]): Partial<Record<Op, number>> {
  const counts: Partial<Record<Op, number>> = {};
  for (const { op } of steps) counts[op] = (counts[op] ?? 0) + 1;
  return counts;
}

/** Reports an error if a protected resource is deleted or replaced. */
function protectedOnes(steps: readonly Step[]): Diagnostic[] {
  return steps.flatMap(({ op, urn, before }) => {
    if ((op !== "delete" && op !== "replace") || before?.options.protect !== true) return [];
    const { name, type } = parseUrn(urn);
    const message = `"${name}" (${type}) is protected and cannot be ${op}d. First remove its option "protect", in a separate apply`;
    return [{ severity: "error" as const, message, urn }];
  });
}

/** Whether a step is the stack's own resource, which previews always show. */
export function isStack({ urn }: Step): boolean {
  return parseUrn(urn).type === stackType;
}

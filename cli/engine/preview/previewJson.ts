/** A preview in the format of `pulumi preview --json`, so that the same tools can read it. */
import { durationSeconds } from "../../../model/duration";
import { parseUrn, stackType } from "../../../model/pulumi/urn";
import { canonical } from "../../common/canonical";
import { type ChangeSet, isStack, type Step } from "../changes/changeSet";
import type { Difference } from "../changes/differences";
import type { Registration } from "../declared/registration";
import { formatPath, isUnknown, mapLeaves, Secret, unknownValue } from "../declared/values";
import type { RecordedResource } from "../record/stackRecord";
import type { Preview } from "./preview";

/** The document that a preview prints. */
export interface PreviewDigest {
  steps: unknown[];
  diagnostics?: { urn?: string; message: string; severity: string }[];
  /** Nanoseconds. */
  duration: number;
  changeSummary: ChangeSet["counts"];
  /** Violations of the policy pack; Pulumi's own document has no such field. */
  policyViolations: unknown[];
}

/**
 * Describes a preview. As in Pulumi's document, unchanged resources are only counted; the stack itself is always listed.
 *
 * @param duration - in nanoseconds
 */
export function previewDigest(
  { changes, diagnostics, violations }: Pick<Preview, "changes" | "diagnostics" | "violations">,
  duration: number,
): PreviewDigest {
  return {
    steps: (changes?.steps ?? []).filter((step) => step.op !== "same" || isStack(step)).map(stepDigest),
    ...(diagnostics.length > 0 && {
      diagnostics: diagnostics.map(({ urn, message, severity }) => ({
        ...(urn !== undefined && { urn }),
        message: `${severity === "info" ? "" : `${severity}: `}${message}\n`,
        severity,
      })),
    }),
    duration,
    changeSummary: summary(changes?.counts ?? {}),
    policyViolations: violations.map(({ policy, pack, packVersion, level, message, urn }) => ({
      policyPackName: pack,
      policyPackVersion: packVersion,
      policyName: policy,
      enforcementLevel: level,
      ...(urn !== undefined && { urn }),
      message,
    })),
  };
}

/** Pulumi lists reads among the steps, but does not count them. */
function summary({ read: _read, ...counts }: ChangeSet["counts"]): ChangeSet["counts"] {
  return counts;
}

function stepDigest(step: Step): unknown {
  const { op, urn, before, after, differences, replacing } = step;
  const keys = [...new Set(differences.map(({ path }) => String(path[0])))].sort();
  const provider = providerOf((after ?? before)!);
  return {
    op,
    urn,
    ...(provider !== undefined && { provider }),
    ...(before !== undefined && { oldState: stateDigest(before) }),
    ...(after !== undefined && { newState: stateDigest(after) }),
    ...(keys.length > 0 && { diffReasons: keys }),
    ...(replacing.length > 0 && { replaceReasons: replacing.map(({ path }) => formatPath(path)) }),
    detailedDiff: differences.length === 0 ? null : detailedDiff(step),
  };
}

function detailedDiff(step: Step): Record<string, unknown> {
  const byPath = new Map<string, Difference[]>();
  for (const difference of step.differences) {
    const path = formatPath(difference.path);
    byPath.set(path, [...(byPath.get(path) ?? []), difference]);
  }
  return Object.fromEntries([...byPath].map(([path, found]) => [path, kindOf(found, step)]));
}

/** The change at a path. A path has two differences if another element takes the position of a removed one. */
function kindOf(found: readonly Difference[], { urn, replacing }: Step): { kind: string; inputDiff: boolean } {
  const kind = found.length > 1 ? "update" : found[0]!.kind;
  const replaces = found.some((difference) => replacing.includes(difference));
  // The Kubernetes provider compares with the live object; only what is gone from the inputs is a difference of these.
  const inputDiff = kind === "delete" || !parseUrn(urn).type.startsWith("kubernetes:");
  return { kind: replaces ? `${kind}-replace` : kind, inputDiff };
}

function stateDigest(resource: Registration | RecordedResource): unknown {
  const { urn, type, custom, parent, inputs, read } = resource;
  const provider = providerOf(resource);
  return {
    urn,
    custom,
    ...(read !== undefined && { id: read, external: true }),
    type,
    ...(Object.keys(inputs).length > 0 && { inputs: shown(inputs) }),
    ...(parent !== undefined && { parent }),
    ...optionsDigest(resource),
    ...(provider !== undefined && { provider }),
  };
}

/** The provider of a resource. Pulumi reads stacks with one of its own, which programs do not register. */
function providerOf({ urn, read, options }: Registration | RecordedResource): string | undefined {
  if (read === undefined) return options.provider;
  const [stack, project] = urn.split("::");
  return `${stack}::${project}::pulumi:providers:pulumi::default`;
}

function optionsDigest({ type, inputs, options }: Registration | RecordedResource): Record<string, unknown> {
  const { dependsOn, propertyDependencies, version: _version, importId, aliases: _aliases, ...others } = options;
  const { customTimeouts, ...rest } = others;
  const keys = type === stackType || type === "pulumi:pulumi:StackReference" ? [] : Object.keys(inputs);
  const dependencies = keys.map((key) => [key, propertyDependencies[key] ?? []] as const);
  return {
    ...rest,
    ...(customTimeouts !== undefined && { customTimeouts: inSeconds(customTimeouts) }),
    ...(dependsOn.length > 0 && { dependencies: dependsOn }),
    ...(dependencies.length > 0 && { propertyDependencies: Object.fromEntries(dependencies) }),
    ...(importId !== undefined && { importID: importId }),
  };
}

/** Timeouts in seconds. */
const inSeconds = (timeouts: Record<string, string>): Record<string, number> =>
  Object.fromEntries(Object.entries(timeouts).map(([operation, text]) => [operation, durationSeconds(text)]));

/** Prints secrets as "[secret]", and secrets whose value is not known yet as unknown. */
function shown(value: unknown): unknown {
  return canonical(mapLeaves(value, (leaf) => (leaf instanceof Secret && isUnknown(leaf) ? unknownValue : leaf)));
}

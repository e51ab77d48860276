/** The changes in a stack's objects, without those that only follow from another change that is shown already. */
import { configurationHashAnnotation, templateHashAnnotation } from "../../model/contracts/annotations";
import { ownInitContainers } from "../../model/contracts/podTemplate";
import type { RolloutSpec } from "../../model/customResources/rollout";
import { kindOfType } from "../../model/pulumi/kubernetesTypes";
import { parseUrn } from "../../model/pulumi/urn";
import { type Roll, rollOf } from "../../model/rollout/rolls";
import { type Action, type ChangeSet, isAction, type Step } from "../engine/changes/changeSet";
import { type FieldChange, fieldChange } from "../engine/changes/fieldChange";
import { dockerImageType, isRandom } from "../engine/declared/resourceTypes";
import { limitsGone, refusedFields, warningOf } from "./dataWarnings";
import type { ImageChange, ObjectChange, Restart, StackDiff, Warning } from "./diffTypes";
import type { ObjectStep } from "./objectStep";

/** The part of a stack's difference that is about objects. */
export type ObjectDiff = Pick<StackDiff, "restarts" | "roll" | "warnings" | "images" | "objects" | "counts">;

/** Finds the changes in a stack's objects. */
export function objectDiff(changes: ChangeSet): ObjectDiff {
  const steps = changes.steps.flatMap((step) => objectStep(step) ?? []);
  const diff = summarize(steps, imageChanges(changes.steps));
  return { ...diff, warnings: [...changes.steps.flatMap(otherWarnings), ...diff.warnings] };
}

function objectStep(step: Step): ObjectStep | undefined {
  const { before, after, wanted, op, urn, differences, retained } = step;
  const { custom, type } = (after ?? before)!;
  const kind = kindOfType(type);
  if (!custom || kind === undefined || !isAction(op)) return undefined;
  const inputs = (after ?? before)!.inputs;
  const metadata = (inputs.metadata ?? {}) as { name?: string; namespace?: string };
  return {
    action: op,
    kind: String(inputs.kind ?? kind.kind),
    ...(metadata.namespace !== undefined && { namespace: metadata.namespace }),
    name: metadata.name ?? parseUrn(urn).name,
    fields: differences.map((difference) => fieldChange(difference, kind.kind)),
    retained,
    ...(before && { before: before.inputs }),
    ...(wanted && { after: wanted }),
  };
}

function imageChanges(steps: readonly Step[]): Omit<ImageChange, "usedBy">[] {
  const changes = steps.flatMap(({ before, after }) => {
    if (after?.type !== dockerImageType || before === undefined) return [];
    const [old, now] = [before.inputs.imageName, after.inputs.imageName];
    return typeof old === "string" && typeof now === "string" && old !== now ? [{ before: old, after: now }] : [];
  });
  return [...new Map(changes.map((one) => [one.before, one])).values()];
}

function otherWarnings({ op, before, after }: Step): Warning[] {
  const { type, name } = (after ?? before)!;
  // The warning about its Secret covers a deleted one.
  if (isRandom(type) && op === "replace") {
    const object = `${type.split(":").at(-1)} ${name}`;
    return [{ object, message: "a new random value replaces it: what the old one protects can no longer be opened" }];
  }
  if (type !== "pulumi:providers:kubernetes" || before === undefined || after === undefined) return [];
  const [old, now] = [before.inputs.context, after.inputs.context].map(String);
  if (old === now) return [];
  return [
    {
      object: `cluster ${now}`,
      message: `context ${old} -> ${now}: everything is created there, nothing moves, and everything in ${old} stays`,
    },
  ];
}

/**
 * Selects the changes of some objects that are worth showing.
 *
 * @param images - images that the stack itself rebuilds; other changed images are found in the objects
 */
export function summarize(steps: readonly ObjectStep[], images: readonly Omit<ImageChange, "usedBy">[]): ObjectDiff {
  const counts: Record<Action, number> = { create: 0, update: 0, replace: 0, delete: 0 };
  const used = imageUses(steps, images);
  const reasons = new Map<string, string[]>();
  const warnings: Warning[] = [];
  const objects: ObjectChange[] = [];
  for (const step of steps) {
    const { action, kind, name, namespace, retained } = step;
    counts[action]++;
    const object = `${kind} ${name}`;
    warnings.push(...[warningOf(step)].flatMap((message) => (message === undefined ? [] : [{ object, message }])));
    warnings.push(...limitsGone(step).map((message) => ({ object, message })));
    const reason = action === "update" ? restartReason(step, used) : undefined;
    if (reason !== undefined) reasons.set(reason, [...(reasons.get(reason) ?? []), object]);
    const fields = step.fields.filter((field) => !isShownElsewhere(field, step, used));
    const followsOnly = action === "update" && fields.length === 0 && refusedFields(step).length === 0;
    if (followsOnly && step.fields.length > 0) continue;
    objects.push({ action, kind, ...(namespace !== undefined && { namespace }), name, fields, retained });
  }
  const roll = rollAmong(steps, [...reasons.values()].flat());
  return {
    restarts: [...reasons].map(([reason, workloads]): Restart => ({ reason, workloads })),
    ...(roll && { roll }),
    warnings,
    images: used,
    objects,
    counts,
  };
}

/** How nodes restart. The network's Rollout changes with each of them, and knows them all. */
function rollAmong(steps: readonly ObjectStep[], workloads: readonly string[]): Roll | undefined {
  const nodes = (steps.find(({ kind }) => kind === "Rollout")?.after?.spec as RolloutSpec | undefined)?.nodes ?? [];
  // Orderers on Kafka tell no leaders.
  const isRaft = nodes.some(({ role, operations }) => role === "orderer" && operations !== undefined);
  const roll = rollOf(
    nodes.map(({ name }) => name).filter((name) => workloads.includes(`StatefulSet ${name}`)),
    nodes,
    isRaft ? "etcdraft" : "kafka",
  );
  return roll.order.length === 0 ? undefined : roll;
}

const isImage = ({ path }: FieldChange): boolean => /^spec\.template\..*\bimage$/.test(path);
const isHash = ({ path }: FieldChange): boolean => path.includes(configurationHashAnnotation);
const ownContainers = `(${ownInitContainers.join("|")})`;
const ownImagePath = new RegExp(`^spec\\.template\\.spec\\.initContainers\\[name=${ownContainers}\\]\\.image$`);

/** Whether a node takes it at its next start: see model/contracts/podTemplate.ts. */
const needsNoRestart = (kind: string, { path }: FieldChange): boolean =>
  kind === "StatefulSet" && ownImagePath.test(path);

/** Whether it only repeats what changes in StatefulSets, or in a network of Fabric, which tells the sizes of its volumes itself. */
function repeatsNodes({ kind, after }: ObjectStep, { path }: FieldChange): boolean {
  if (path.includes(templateHashAnnotation)) return true;
  if (kind !== "Rollout" || !path.startsWith("spec.nodes")) return false;
  const { nodes = [] } = (after?.spec ?? {}) as Partial<RolloutSpec>;
  return !path.endsWith("].storage") || nodes.some(({ role }) => role === "orderer");
}

/** The images that change, with the objects that use them: rebuilt ones, and those that several objects replace alike. */
function imageUses(steps: readonly ObjectStep[], built: readonly Omit<ImageChange, "usedBy">[]): ImageChange[] {
  const uses = new Map<string, ImageChange>(
    built.map((image) => [`${image.before} ${image.after}`, { ...image, usedBy: [] as string[] }]),
  );
  for (const { fields, kind, name } of steps) {
    for (const field of fields.filter(isImage)) {
      const { before, after } = field;
      if (typeof before !== "string" || typeof after !== "string") continue;
      const use = uses.get(`${before} ${after}`) ?? { before, after, usedBy: [] };
      uses.set(`${before} ${after}`, use);
      if (!use.usedBy.includes(`${kind} ${name}`)) use.usedBy.push(`${kind} ${name}`);
    }
  }
  return [...uses.values()];
}

function isShownElsewhere(field: FieldChange, step: ObjectStep, images: readonly ImageChange[]): boolean {
  const { fields, kind } = step;
  if (isHash(field) || repeatsNodes(step, field)) return true;
  if (isImage(field)) return images.some(({ before, after }) => before === field.before && after === field.after);
  // The package of a chaincode follows from its version.
  const hasVersion = fields.some(({ path }) => path === "spec.version");
  return kind === "Chaincode" && hasVersion && field.path.startsWith("spec.package.");
}

const workloads = new Set(["Deployment", "StatefulSet", "DaemonSet"]);

function restartReason({ kind, fields }: ObjectStep, images: readonly ImageChange[]): string | undefined {
  if (!workloads.has(kind)) return undefined;
  const template = fields.filter((field) => /^spec(\.template\b|$)/.test(field.path) && !needsNoRestart(kind, field));
  if (template.length === 0) return undefined;
  const reasons = new Set(
    template.map((field) => {
      if (isHash(field)) return "configuration";
      if (isImage(field) && images.some(({ after }) => after === field.after)) return "image";
      return /\.resources\b/.test(field.path) ? "requests and limits" : "pod template";
    }),
  );
  return [...reasons].sort().join(", ");
}

/** Warnings about objects that hold data or represent some: what happens when they are deleted or replaced. */
import { roleLabel } from "../../model/contracts/labels";
import { definitions } from "../../model/customResources";
import { refusalOfNodes, type RolloutSpec } from "../../model/customResources/rollout";
import { immutable, neverChanges, type Schema } from "../../model/customResources/schema";
import type { ObjectStep } from "./objectStep";

// Consequences of deleting an object, where they go beyond the object or stop short of what a reader expects.
const deleted: Record<string, string> = {
  StatefulSet: "the pod stops; the volume stays, and a new StatefulSet of that name uses it again",
  PersistentVolumeClaim: "apply keeps it and its data; only destroy --purge deletes them",
  Namespace: "it stays with all volumes; only destroy --purge deletes it",
  Secret: "without it nobody can open what it unlocks",
  Channel: "only its management ends: the channel and its ledgers stay on orderers and peers",
  Chaincode: "only its management ends: the definition stays committed on the channel",
  CertificateAuthority: "identities are no longer registered with this CA; the certificates it has issued stay valid",
  CustomResourceDefinition: "it stays: deleting it would delete every object of its kind, in all networks",
};

const replaced: Record<string, string> = {
  StatefulSet:
    "an immutable field changes: apply refuses it; pulumi up deletes it and creates another one, which uses the same volume",
  PersistentVolumeClaim: "a claim cannot be recreated with its data: the new one is empty",
  Namespace: "the new one is empty, without volumes and ledgers; the old one stays",
  Secret: "its data change: holders of the old data lose access",
  Channel: "management restarts under another name; the ledgers of the old one stay",
  Chaincode: "management restarts under another name",
  CertificateAuthority: "management restarts under another name",
  CustomResourceDefinition: "objects of its kind are lost with it",
};

// Identities of applications and chaincode servers need no warning: the network's own changes already report them.
const lastingIdentities = ["peer", "orderer", "admin"];

const brokerDeleted =
  "deleted; before, its replicas move to the other brokers, which apply and pulumi up wait for; its volume stays, without them";

/** The consequence of replacing, deleting or refusing an object; undefined where there is nothing to add. */
export function warningOf(step: ObjectStep): string | undefined {
  const { action, kind, before } = step;
  if (action === "update" || action === "replace") {
    const fields = refusedFields(step);
    if (fields.length > 0) return `the cluster refuses it: ${fields.join(", ")} cannot change`;
    const refusal = kind === "Rollout" ? refusalOfNodes(rolled(step.before), rolled(step.after)) : undefined;
    if (refusal !== undefined) return `the cluster refuses it: ${refusal}`;
  }
  if (action === "delete" && kind === "Identity") {
    const { type } = (before?.spec ?? {}) as { type?: string };
    if (!lastingIdentities.includes(String(type))) return undefined;
    return "deleted; nothing is revoked: the CA keeps it, and its certificates stay valid until they expire";
  }
  if (action === "delete" && kind === "StatefulSet" && isBroker(before)) return brokerDeleted;
  if (action === "delete" && deleted[kind] !== undefined) return `deleted; ${deleted[kind]}`;
  const left = action === "replace" && kind === "StatefulSet" ? volumesLeft(step) : [];
  if (left.length > 0) {
    const volumes = `volume${left.length === 1 ? "" : "s"} ${left.join(", ")}`;
    return `replaced; the new one does NOT use ${volumes}, as its claims have other names: it starts EMPTY, and the old data stays behind, unused`;
  }
  if (action === "replace" && replaced[kind] !== undefined) return `replaced; ${replaced[kind]}`;
  return undefined;
}

const isBroker = (object: Record<string, any> = {}): boolean => object.metadata?.labels?.[roleLabel] === "kafka";

/** The nodes of a Rollout. */
function rolled(rollout: Record<string, any> = {}): Pick<RolloutSpec, "nodes"> {
  return { nodes: rollout.spec?.nodes ?? [] };
}

/** Templates whose volumes the new StatefulSet does not find: claims are called by template, StatefulSet and number. */
function volumesLeft({ before, after }: ObjectStep): string[] {
  const [old, now] = [claims(before), claims(after)];
  return [...old].flatMap(([claim, template]) => (now.has(claim) ? [] : [template]));
}

function claims(object: Record<string, any> = {}): Map<string, string> {
  const { metadata, spec } = object;
  const templates: unknown = spec?.volumeClaimTemplates;
  const names = Array.isArray(templates) ? templates.map((template) => String(template?.metadata?.name)) : [];
  return new Map(names.map((name) => [`${metadata?.namespace}/${name}-${metadata?.name}`, name]));
}

/** Changed fields of a custom resource that its definition declares immutable. */
export function refusedFields({ kind, fields, action }: ObjectStep): string[] {
  if (action === "create" || action === "delete") return [];
  const fixed = fixedFields.get(kind) ?? [];
  const isWithin = (path: string, field: string): boolean =>
    path === field || path.startsWith(`${field}.`) || path.startsWith(`${field}[`);
  return fixed.filter((field) => fields.some(({ path }) => isWithin(path, field)));
}

const fixedFields = new Map(definitions.map(({ kind, spec }) => [kind, immutableIn(spec, "spec")]));

/** Paths that are immutable by a CEL rule of a schema. */
function immutableIn(schema: Schema, path: string): string[] {
  const rules = (schema["x-kubernetes-validations"] ?? []) as { rule: string }[];
  const own = rules.flatMap(({ rule }) => {
    const [field] = /(?<=^has\(self\.|^self\.)\w+/.exec(rule) ?? [];
    const isFixed = field !== undefined && [immutable(field), neverChanges(field)].some((one) => one.rule === rule);
    return isFixed ? [`${path}.${field}`] : [];
  });
  const properties = Object.entries((schema.properties ?? {}) as Record<string, Schema>);
  return [...own, ...properties.flatMap(([name, inner]) => immutableIn(inner, `${path}.${name}`))];
}

/** Containers that lose their limits. */
export function limitsGone({ action, fields }: ObjectStep): string[] {
  if (action !== "update" && action !== "replace") return [];
  return fields.flatMap(({ path, after }) => {
    const [, container, limit] = /ontainers\[name=([^\]]+)\]\.resources(?:\.limits(?:\.(\w+))?)?$/.exec(path) ?? [];
    if (container === undefined || after !== undefined) return [];
    const what = limit === undefined ? "limits" : `a limit of ${limit}`;
    return [`container ${container} no longer has ${what}: it may use everything that its node has`];
  });
}

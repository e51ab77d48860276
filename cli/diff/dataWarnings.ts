/** What must not be overlooked: what becomes of things that hold data, or stand for some. */
import { definitions } from "../../model/customResources";
import type { Schema } from "../../model/customResources/schema";
import type { ObjectStep } from "./objectStep";

// Deleting any of these ends more than the object itself, or less than one would think.
const deleted: Record<string, string> = {
  StatefulSet: "the pod stops; the volume stays, and a StatefulSet of that name takes it up again",
  PersistentVolumeClaim: "apply keeps it and its data; only destroy --purge deletes them",
  Namespace: "it stays with all volumes; only destroy --purge deletes it",
  Secret: "what it unlocks cannot be opened without it",
  Channel: "only its management ends: the channel and its ledgers stay on orderers and peers",
  Chaincode: "only its management ends: the definition stays committed on the channel",
  CertificateAuthority: "nobody is registered with this CA any more; the certificates it has issued stay good",
  CustomResourceDefinition: "it stays: deleting it would delete every object of its kind, in all networks",
};

const replaced: Record<string, string> = {
  StatefulSet:
    "a field changes that cannot: apply refuses it, pulumi up deletes it and makes another one, which takes up the volume",
  PersistentVolumeClaim: "a claim cannot be made anew with its data: the new one begins empty",
  Namespace: "the new one begins empty, volumes and ledgers included; the old one stays",
  Secret: "its data change: whoever holds the old ones is locked out",
  Channel: "management begins anew under another name; the ledgers of the old one stay",
  Chaincode: "management begins anew under another name",
  CertificateAuthority: "management begins anew under another name",
  CustomResourceDefinition: "objects of its kind are lost with it",
};

// Applications and chaincode servers come and go with what is said of them elsewhere.
const lastingIdentities = ["peer", "orderer", "admin"];

/** What it means here that an object is replaced, deleted or refused; nothing where it means what it says. */
export function warningOf(step: ObjectStep): string | undefined {
  const { action, kind, before } = step;
  if (action === "update" || action === "replace") {
    const fields = refusedFields(step);
    if (fields.length > 0) return `the cluster refuses it: ${fields.join(", ")} cannot change`;
  }
  if (action === "delete" && kind === "Identity") {
    const { type } = (before?.spec ?? {}) as { type?: string };
    if (!lastingIdentities.includes(String(type))) return undefined;
    return "deleted; nothing is revoked: the CA keeps it, and its certificates are good until they expire";
  }
  if (action === "delete" && deleted[kind] !== undefined) return `deleted; ${deleted[kind]}`;
  const left = action === "replace" && kind === "StatefulSet" ? volumesLeft(step) : [];
  if (left.length > 0) {
    const volumes = `volume${left.length === 1 ? "" : "s"} ${left.join(", ")}`;
    return `replaced; the new one does NOT take up ${volumes}, as it has no claim of the old name: it begins EMPTY, and what is there stays behind, unused`;
  }
  if (action === "replace" && replaced[kind] !== undefined) return `replaced; ${replaced[kind]}`;
  return undefined;
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

/** Changed fields of a custom resource that its definition does not let change. */
export function refusedFields({ kind, fields, action }: ObjectStep): string[] {
  if (action === "create" || action === "delete") return [];
  const fixed = fixedFields.get(kind) ?? [];
  return fields.map(({ path }) => path).filter((path) => fixed.includes(path));
}

const fixedFields = new Map(definitions.map(({ kind, spec }) => [kind, immutableIn(spec, "spec")]));

/** Paths that a CEL rule of a schema forbids to change. */
function immutableIn(schema: Schema, path: string): string[] {
  const rules = (schema["x-kubernetes-validations"] ?? []) as { rule: string }[];
  const own = rules.flatMap(({ rule }) => {
    const [, field, same] = /^self\.(\w+) == oldSelf\.(\w+)$/.exec(rule) ?? [];
    return field !== undefined && field === same ? [`${path}.${field}`] : [];
  });
  const properties = Object.entries((schema.properties ?? {}) as Record<string, Schema>);
  return [...own, ...properties.flatMap(([name, inner]) => immutableIn(inner, `${path}.${name}`))];
}

/** Containers that had limits and have none any more. */
export function limitsGone({ action, fields }: ObjectStep): string[] {
  if (action !== "update" && action !== "replace") return [];
  return fields.flatMap(({ path, after }) => {
    const [, container, limit] = /ontainers\[name=([^\]]+)\]\.resources(?:\.limits(?:\.(\w+))?)?$/.exec(path) ?? [];
    if (container === undefined || after !== undefined) return [];
    const what = limit === undefined ? "limits" : `limit of ${limit}`;
    return [`container ${container} has no ${what} any more: it may take all that its node has`];
  });
}

/** Finds the Kubernetes objects among a program's resources, with their namespaces and dependencies. */
import { compareText, isPlainObject } from "../../../model/plainData";
import { clusterScopedKinds, groupOf, isBuiltIn, kindOfType } from "../../../model/pulumi/kubernetesTypes";
import { parseUrn } from "../../../model/pulumi/urn";
import { UserError } from "../../../model/userError";
import type { ProgramResult, Registration } from "../declared/registration";
import { dockerImageType, isRandom } from "../declared/resourceTypes";
import { isUnknown } from "../declared/values";
import { inCreationOrder } from "./creationOrder";
import { type Manifest, manifestName } from "./manifest";

/**
 * The Kubernetes objects of a program, each after what it depends on, in an order that is the same on every run.
 *
 * @throws {@link UserError} naming a resource that cannot be an object: without a name, declared twice, of a kind that only
 * the provider supports, or of another provider
 */
export function manifests(result: ProgramResult): Manifest[] {
  const context = {
    byUrn: new Map(result.registrations.map((registration) => [registration.urn, registration])),
    scopes: customScopes(result),
  };
  const declared = result.registrations.filter(isApplied).map((registration) => manifest(registration, context));
  const byIdentity = new Map<string, Manifest>();
  for (const one of declared) {
    const identity = [groupOf(one.apiVersion), one.kind, one.namespace ?? "", one.name].join("/");
    const other = byIdentity.get(identity);
    if (other !== undefined) {
      throw new UserError(
        `${manifestName(one)} is declared twice, by "${parseUrn(other.urn).name}" and by "${parseUrn(one.urn).name}"`,
      );
    }
    byIdentity.set(identity, one);
  }
  return inCreationOrder(declared);
}

/** Looks up registrations by URN. */
interface Context {
  byUrn: Map<string, Registration>;
  /** Scopes of the kinds that the program defines, by group and kind. */
  scopes: Map<string, string>;
}

function customScopes({ registrations }: ProgramResult): Map<string, string> {
  const definitions = registrations.filter(({ type }) => type.endsWith(":CustomResourceDefinition"));
  return new Map(
    definitions.map(({ inputs }) => {
      const spec = inputs.spec as any;
      return [`${spec?.group}/${spec?.names?.kind}`, String(spec?.scope)];
    }),
  );
}

/** Whether a registration is an object; others concern only Pulumi, or are created before objects are applied. */
function isApplied({ type, name, custom, read }: Registration): boolean {
  if (!custom || read !== undefined || type.startsWith("pulumi:providers:")) return false;
  if (isRandom(type) || type === dockerImageType) return false;
  if (kindOfType(type) !== undefined) return true;
  throw new UserError(
    `"${name}" (${type}) is not a Kubernetes object; only the Pulumi CLI can create it. ` +
      `baas supports Kubernetes objects, Docker images and random values`,
  );
}

function manifest(registration: Registration, context: Context): Manifest {
  const { urn, type, name: resource, inputs, options } = registration;
  const fromType = kindOfType(type) as { apiVersion: string; kind: string };
  const { apiVersion = fromType.apiVersion, kind = fromType.kind } = inputs as { apiVersion?: string; kind?: string };
  if (/(Patch|List)$/.test(fromType.kind) && kind !== fromType.kind) {
    throw new UserError(`"${resource}" (${type}) is not one object; declare the objects themselves`);
  }
  const metadata = isPlainObject(inputs.metadata) ? inputs.metadata : {};
  const at = `"${resource}" (${type})`;
  const { name } = metadata;
  if (isUnknown(name)) throw new UserError(`${at}: metadata.name is not known before apply; give it a name of its own`);
  if (typeof name !== "string" || name === "") {
    throw new UserError(`${at}: metadata.name is missing; names are not generated`);
  }
  const namespace = namespaceOf(registration, metadata, { apiVersion, kind }, context);
  const { namespace: _, ...rest } = metadata;
  const object = {
    ...inputs,
    apiVersion,
    kind,
    metadata: { ...rest, ...(namespace !== undefined && { namespace }) },
  };
  return {
    urn,
    apiVersion,
    kind,
    name,
    ...(namespace !== undefined && { namespace }),
    object,
    dependsOn: dependencies(registration, context),
    retain: options.retainOnDelete === true,
  };
}

function namespaceOf(
  { name, type, options }: Registration,
  metadata: Record<string, unknown>,
  { apiVersion, kind }: { apiVersion: string; kind: string },
  { byUrn, scopes }: Context,
): string | undefined {
  const isClusterScoped = isBuiltIn(apiVersion)
    ? clusterScopedKinds.has(kind)
    : scopes.get(`${groupOf(apiVersion)}/${kind}`) === "Cluster";
  if (isClusterScoped) return undefined;
  const namespace = metadata.namespace ?? byUrn.get(options.provider ?? "")?.inputs.namespace;
  if (isUnknown(namespace)) {
    throw new UserError(`"${name}" (${type}): metadata.namespace is not known before apply`);
  }
  if (namespace === undefined && isBuiltIn(apiVersion)) {
    throw new UserError(
      `"${name}" (${type}): metadata.namespace is missing; it would be created in the namespace of the user's context`,
    );
  }
  return namespace as string | undefined;
}

/** URNs of the objects that come first: direct and indirect dependencies, and the parent. */
function dependencies({ urn, parent, options }: Registration, { byUrn }: Context): string[] {
  const found = new Set<string>();
  const seen = new Set([urn]);
  const pending = [...options.dependsOn, ...(parent === undefined ? [] : [parent])];
  while (pending.length > 0) {
    const registration = byUrn.get(pending.pop() as string);
    if (registration === undefined || seen.has(registration.urn)) continue;
    seen.add(registration.urn);
    if (registration.custom && kindOfType(registration.type) !== undefined) found.add(registration.urn);
    else pending.push(...registration.options.dependsOn, ...(registration.parent ? [registration.parent] : []));
  }
  return [...found].sort(compareText);
}

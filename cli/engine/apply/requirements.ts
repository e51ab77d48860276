/** Prerequisites of a stack: the stacks that it refers to, and the kinds that they define. */
import { baas } from "../../../model/baasCommand";
import { groupOf } from "../../../model/pulumi/kubernetesTypes";
import { UserError } from "../../../model/userError";
import type { Api } from "../cluster/api";
import type { Discovery } from "../cluster/discovery";
import type { KubernetesObject } from "../cluster/kubernetesObject";
import type { ProgramResult } from "../declared/registration";
import type { DesiredObject } from "./desiredObjects";

/**
 * Refuses a stack whose platform is not applied.
 *
 * @throws {@link UserError} naming what is missing and the command that applies it
 */
export async function requirePlatform(
  api: Api,
  discovery: Discovery,
  { result, desired, context }: { result: ProgramResult; desired: readonly DesiredObject[]; context: string },
): Promise<void> {
  const isDefined = definedBy(desired);
  const unknown = desired
    .map(({ object }) => object)
    .filter((object) => discovery.find(object) === undefined)
    .filter((object) => !isDefined(object));
  const kinds = [...new Set(unknown.map(({ apiVersion, kind }) => `${kind} (${apiVersion})`))];
  const namespaces: string[] = [];
  for (const namespace of referredNamespaces(result)) {
    const live = await api.get(discovery.get("v1", "Namespace"), undefined, namespace);
    if (live === undefined) namespaces.push(namespace);
  }
  if (kinds.length === 0 && namespaces.length === 0) return;
  const missing = [
    ...(kinds.length > 0 ? [`kinds ${kinds.join(", ")}`] : []),
    ...(namespaces.length > 0 ? [`namespace ${namespaces.join(", ")}`] : []),
  ].join(" and ");
  if (result.references.length === 0) {
    throw new UserError(
      `the cluster of context "${context}" lacks ${missing}\n  -> Nothing was changed. Install what provides them.`,
    );
  }
  const platforms = result.references.map((reference) => `"${reference}"`).join(", ");
  const commands = result.references.map((reference) => baas("apply", reference, "--context", context));
  throw new UserError(
    `stack "${result.stack}" needs ${platforms} to be applied first: context "${context}" lacks ${missing}\n` +
      `  -> Nothing was changed. Run: ${commands.join(" && ")}`,
  );
}

/** Tells which objects are of kinds that a stack itself defines. */
export function definedBy(desired: readonly DesiredObject[]): (object: KubernetesObject) => boolean {
  const defined = new Set(
    desired.flatMap(({ object: { kind, spec } }) =>
      kind === "CustomResourceDefinition" ? [`${spec?.group}/${spec?.names?.kind}`] : [],
    ),
  );
  return ({ apiVersion, kind }) => defined.has(`${groupOf(apiVersion)}/${kind}`);
}

/** Namespaces of the stacks that a program refers to, from their outputs. */
function referredNamespaces({ registrations }: ProgramResult): string[] {
  return registrations.flatMap(({ type, outputs }) => {
    if (type !== "pulumi:pulumi:StackReference") return [];
    const { namespace } = (outputs?.outputs ?? {}) as { namespace?: unknown };
    return typeof namespace === "string" ? [namespace] : [];
  });
}

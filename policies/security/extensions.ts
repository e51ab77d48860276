import { isDeepStrictEqual } from "node:util";

import { group } from "../../model/contracts/apiGroup";
import { ownershipBindingSpec, ownershipPolicyName, ownershipPolicySpec } from "../../model/contracts/ownership";
import { definitions } from "../../model/customResources";
import { definitionName, definitionSpec } from "../../model/customResources/definition";
import { isRecord } from "../kit/nodes";
import type { KubernetesObject } from "../kit/objects";
import { objectPolicy } from "../kit/policy";

const kinds = [
  "CustomResourceDefinition",
  "ValidatingAdmissionPolicy",
  "ValidatingAdmissionPolicyBinding",
] as const satisfies readonly string[];

/** What the platform installs in the API server itself is what the product installs there. */
export const extensions = objectPolicy({
  name: "security-extensions",
  level: "mandatory",
  description: "The platform's definitions and admission policies are those of the product.",
  why:
    "A definition can take the short names of Pods and Secrets, and have every object converted by an address outside the " +
    "cluster. An admission policy for everything stops the cluster, its repair included.",
  limits:
    "Definitions of other API groups are judged by security-known-kinds only, by which an environment allows them.",
  kinds,
  check(object, { stackFile }) {
    return differences(object).map((what) => ({
      place: stackFile.place(object),
      message: `${what}. Declare it as components/platform does`,
    }));
  },
});

function differences({ kind, name, body }: KubernetesObject): string[] {
  const spec = isRecord(body.spec) ? body.spec : {};
  if (kind === "CustomResourceDefinition") {
    if (spec.group !== group) return [];
    const definition = definitions.find((each) => each.kind === spec.names?.kind);
    // security-known-kinds says that there is none of this kind.
    if (definition === undefined) return [];
    const own: any = definitionSpec(definition);
    const called = definitionName(definition);
    return [
      ...(name === called ? [] : [`it is called "${name}", and the definition of ${definition.kind} is ${called}`]),
      ...beyond(spec, own, "spec"),
    ];
  }
  if (name !== ownershipPolicyName) return [`the product has no ${kind} of this name, only ${ownershipPolicyName}`];
  const own: unknown = kind === "ValidatingAdmissionPolicy" ? ownershipPolicySpec : ownershipBindingSpec;
  return isSame(spec, own) ? [] : ["its spec is not that of the product"];
}

/** Fields that are there and differ. What is left out has its default, which gives nobody anything. */
function beyond(given: unknown, own: unknown, path: string): string[] {
  if (given === undefined || given === null || isSame(given, own)) return [];
  // A schema with less in it allows more.
  if (isRecord(given) && isRecord(own) && !path.endsWith(".schema")) {
    return Object.keys(given).flatMap((key) => beyond(given[key], own[key], `${path}.${key}`));
  }
  if (Array.isArray(given) && Array.isArray(own) && given.length <= own.length) {
    return given.flatMap((each, i) => beyond(each, own[i], `${path}[${i}]`));
  }
  return [`${path} is not that of the product`];
}

function isSame(a: unknown, b: unknown): boolean {
  // As JSON, because the Pulumi CLI hands out objects that only look like plain ones.
  return isDeepStrictEqual(JSON.parse(JSON.stringify(a ?? null)), JSON.parse(JSON.stringify(b ?? null)));
}

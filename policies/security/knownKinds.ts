import { isBuiltIn } from "../../model/pulumi/kubernetesTypes";
import { parseUrn } from "../../model/pulumi/urn";
import { isPodOfTemplate, type KubernetesObject } from "../kit/objects";
import { objectPolicy, texts, type Violation } from "../kit/policy";
import { definedKinds, kindsOnMachines, usedKinds, usedTypes } from "../kit/productUses";
import type { StackFile } from "../kit/stackFile";

const name = "security-known-kinds";

/** Resources are of kinds that the product uses. */
export const knownKinds = objectPolicy<{ allowed: string[] }>({
  name,
  level: "mandatory",
  description: "Every resource is of a kind that the product uses, and is declared as what it is.",
  why:
    "Policies know what an object of these kinds can do. One of another kind starts pods, opens ports or gives rights that " +
    "nobody has looked at. A pod in a PodList, in a Helm chart, or put into a Deployment by a patch passes all other policies, and " +
    "baas cannot apply it either.",
  settings: {
    allowed: {
      ...texts,
      description:
        "Other kinds, with API group and version (`batch/v1 CronJob`, `cert-manager.io/v1 Certificate`), and types of Pulumi " +
        "resources (`aws:s3/bucket:Bucket`).",
    },
  },
  allowing: ["allowed"],
  limits:
    "An object that is allowed here is checked by all other policies, as far as they find in it what they look for.",
  check(object, { settings: { allowed }, stackFile }) {
    const message = mistake(object, stackFile, allowed);
    if (message === undefined) return [];
    // A resource that makes objects (such as a chart) has no object's name, only its own.
    const own = object.name === "" && object.within === undefined ? parseUrn(object.urn).name : object.name;
    return [{ place: stackFile.place({ ...object, name: own }), message }];
  },
  checkOther({ type, urn }, { settings: { allowed }, stackFile }): Violation[] {
    if (usedTypes.some((pattern) => pattern.test(type)) || allowed.includes(type)) return [];
    const place = `${stackFile.file}: ${stackFile.root}: ${parseUrn(urn).name}`;
    return [{ place, message: `the product uses no ${type}. Remove it${stackFile.orAllow(name, "allowed")}` }];
  },
});

/** What hides an object from other policies, or that the product uses none of its kind; and what to write instead. */
function mistake(object: KubernetesObject, stackFile: StackFile, allowed: readonly string[]): string | undefined {
  const { apiVersion, kind, body, within } = object;
  // Other policies check it.
  if (isPodOfTemplate(object)) return undefined;
  const own = `${apiVersion} ${kind}`;
  const { type } = parseUrn(object.urn);
  if (within === undefined && !allowed.includes(own) && !allowed.includes(type)) {
    const hiding = whatHides(object, type);
    if (hiding !== undefined) return hiding;
  }
  const said = `${body.apiVersion ?? apiVersion} ${body.kind ?? kind}`;
  if (said !== own) return `${type} has apiVersion and kind ${said}. Declare it by the type of that kind`;
  const isOnMachines = object.namespace !== undefined && object.namespace === stackFile.machineNamespace;
  const used = [...usedKinds[stackFile.kind], ...(isOnMachines ? kindsOnMachines : []), ...allowed];
  const unlisted = used.includes(own) ? definedBeyond(object, allowed) : own;
  if (unlisted === undefined || allowed.includes(type)) return undefined;
  return `a ${stackFile.kind} of the product has no ${unlisted}. Remove it${stackFile.orAllow(name, "allowed")}`;
}

/** A form in which one resource is other objects. Kinds that are not built in may be named List or Patch. */
function whatHides({ apiVersion, kind, body }: KubernetesObject, type: string): string | undefined {
  if (/^(helm\.sh|yaml|kustomize)(\/|$)/.test(apiVersion)) {
    return `${type} makes objects that only the Pulumi CLI knows. Declare the objects themselves`;
  }
  if (kind.endsWith("List") && (isBuiltIn(apiVersion) || body.items !== undefined)) {
    return `a ${kind} is many objects. Declare the objects themselves`;
  }
  if (kind.endsWith("Patch") && (isBuiltIn(apiVersion) || body.kind !== kind)) {
    return `a ${kind} changes an object that is declared elsewhere. Declare the object itself, as it should be`;
  }
  if (type === `kubernetes:${apiVersion}:${kind}` && !apiVersion.includes("/")) {
    return `${type} is no type of Kubernetes' own objects. Declare it as kubernetes:core/${apiVersion}:${kind}`;
  }
  return undefined;
}

/** A kind that a CustomResourceDefinition defines and nobody lists. */
function definedBeyond({ kind, body }: KubernetesObject, allowed: readonly string[]): string | undefined {
  if (kind !== "CustomResourceDefinition") return undefined;
  const { group, names = {}, versions = [] } = body.spec ?? {};
  const defined: string[] = versions.map(({ name }: any) => `${group}/${name} ${names.kind}`);
  return defined.find((each) => ![...definedKinds, ...allowed].includes(each));
}

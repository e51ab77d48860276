import { parseUrn } from "../../model/pulumi/urn";
import type { KubernetesObject } from "../kit/objects";
import { stackPolicy } from "../kit/policy";

/** Objects are declared in a form that the other policies can check. */
export const knownKinds = stackPolicy({
  name: "security-known-kinds",
  level: "mandatory",
  description: "Every object is declared one by one, as what it is.",
  why:
    "Policies look at objects by their kinds. A pod in a PodList, in a Helm chart, or put into a Deployment by a patch " +
    "passes all of them, and baas cannot apply it either.",
  checkStack(objects, { stackFile }) {
    return objects.flatMap((object) => {
      const message = mistake(object);
      if (message === undefined) return [];
      // A resource that makes objects (such as a chart) has no object's name, only its own.
      const name = object.name === "" ? parseUrn(object.urn).name : object.name;
      return [{ place: stackFile.place({ ...object, name }), message, urn: object.urn }];
    });
  },
});

/** Describes what hides an object from other policies, and what to write instead. */
function mistake({ apiVersion, kind, body, urn }: KubernetesObject): string | undefined {
  const { type } = parseUrn(urn);
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
  const said = `${body.apiVersion ?? apiVersion} ${body.kind ?? kind}`;
  if (said === `${apiVersion} ${kind}`) return undefined;
  return `${type} has apiVersion and kind ${said}. Declare it by the type of that kind`;
}

/** Whether a group is one of Kubernetes' own. Kinds of other groups may be named List or Patch. */
function isBuiltIn(apiVersion: string): boolean {
  const [group] = apiVersion.split("/") as [string];
  return !group.includes(".") || group.endsWith(".k8s.io");
}

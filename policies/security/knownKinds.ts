import { parseUrn } from "../../model/pulumi/urn";
import type { KubernetesObject } from "../kit/objects";
import { stackPolicy } from "../kit/policy";

/** Everything is declared in a form in which the other policies see it. */
export const knownKinds = stackPolicy({
  name: "security-known-kinds",
  level: "mandatory",
  description: "Every object is declared one by one, as what it is.",
  why:
    "Policies look at objects by their kinds. A pod in a PodList, in a Helm chart, or put into a Deployment by a patch " +
    "passes all of them, and the offline commands cannot apply it either.",
  checkStack(objects, { stackFile }) {
    return objects.flatMap((object) => {
      const message = mistake(object);
      if (message === undefined) return [];
      // What makes objects has the name of its resource only.
      const name = object.name === "" ? parseUrn(object.urn).name : object.name;
      return [{ place: stackFile.place({ ...object, name }), message, urn: object.urn }];
    });
  },
});

/** What hides an object from other policies, and what to write instead. */
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
  return `${type} says that it is a ${said}. Declare it as what it is`;
}

/** Whether a group is one of Kubernetes' own: of others, a kind may be called List or Patch. */
function isBuiltIn(apiVersion: string): boolean {
  const [group] = apiVersion.split("/") as [string];
  return !group.includes(".") || group.endsWith(".k8s.io");
}

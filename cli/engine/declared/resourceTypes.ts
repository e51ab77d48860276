/** Types of resources that the engine knows: objects of Kubernetes, images that Docker builds, random values. */
import type { Path } from "./values";

/** Type of an image that Docker builds. */
export const dockerImageType = "docker:index/image:Image";

/** Whether a type is one of `@pulumi/random`. */
export function isRandom(type: string): boolean {
  return type.startsWith("random:");
}

/** API version and kind of a resource type, such as `apps/v1` and `Deployment` for `kubernetes:apps/v1:Deployment`. */
export function kindOfType(type: string): { apiVersion: string; kind: string } | undefined {
  const [, group, version, kind] = /^kubernetes:([^/:]+)\/([^/:]+):([^:]+)$/.exec(type) ?? [];
  if (group === undefined || version === undefined || kind === undefined) return undefined;
  return { apiVersion: group === "core" ? version : `${group}/${version}`, kind };
}

/** API group of an API version: `apps` for `apps/v1`, empty for `v1`. */
export function groupOf(apiVersion: string): string {
  return apiVersion.includes("/") ? (apiVersion.split("/")[0] as string) : "";
}

/** Whether an API version belongs to Kubernetes itself, not to a custom resource. */
export function isBuiltIn(apiVersion: string): boolean {
  const group = groupOf(apiVersion);
  return !group.includes(".") || group.endsWith(".k8s.io");
}

/** Whether a field of an object holds the data of a Secret. */
export function isSecretData(kind: string, path: Path): boolean {
  return kind === "Secret" && (path[0] === "data" || path[0] === "stringData");
}

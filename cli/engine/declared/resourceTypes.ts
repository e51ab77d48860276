/** Types of resources that the engine supports: Kubernetes objects, Docker images, random values. */
import type { Path } from "./values";

/** Type of an image that Docker builds. */
export const dockerImageType = "docker:index/image:Image";

/** Whether a type is one of `@pulumi/random`. */
export function isRandom(type: string): boolean {
  return type.startsWith("random:");
}

/** Whether a field of an object holds the data of a Secret. */
export function isSecretData(kind: string, path: Path): boolean {
  return kind === "Secret" && (path[0] === "data" || path[0] === "stringData");
}

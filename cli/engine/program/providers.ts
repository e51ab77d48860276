/** Replaces the providers: answers as they would when they create a resource. */
import { UserError } from "../../../model/userError";
import type { Registration } from "../declared/registration";
import { dockerImageType, isRandom } from "../declared/resourceTypes";
import { unknownValue } from "../declared/values";
import { type ProviderAnswer, randomAnswer } from "../random/randomResources";
import type { RandomStore } from "../random/randomStore";

/** The outputs of a created resource; in a dry run, the outputs that are known without creating it. */
export function answerFor(
  registration: Registration,
  { dryRun, random }: { dryRun: boolean; random: RandomStore },
): ProviderAnswer {
  const { type, name, inputs } = registration;
  if (isRandom(type)) return randomAnswer(registration, random, dryRun);
  if (type === dockerImageType) {
    // The digest exists after the push only. Pods name images by the hash of their sources instead.
    return { id: dryRun ? "" : String(inputs.imageName), outputs: { repoDigest: unknownValue } };
  }
  if (dryRun) return { id: "", outputs: {} };
  if (type.startsWith("pulumi:providers:")) return { id: name, outputs: {} };
  if (type.startsWith("kubernetes:")) return { id: kubernetesId(inputs), outputs: {} };
  throw new UserError(
    `"${name}" (${type}) needs a provider that baas does not support; ` +
      `it supports Kubernetes objects, Docker images and random values. Use the Pulumi CLI for this stack`,
  );
}

function kubernetesId(inputs: Record<string, unknown>): string {
  const { name, namespace } = (inputs.metadata ?? {}) as Record<string, unknown>;
  return namespace === undefined ? String(name) : `${String(namespace)}/${String(name)}`;
}

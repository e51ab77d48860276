/** Merges the pod settings of environments and stacks. */
import type { PodSecurity } from "./clusterSchema";
import { type PodRole, podRoles, type PodsConfig, type PodSettings } from "./podSchema";
import type { EnvironmentConfig } from "./schema";

/** What the pods of a stack have beside what their component gives them. */
export interface PodsPlan {
  security: PodSecurity;
  roles: Record<PodRole, PodSettings>;
}

/** Pod settings of every role in a stack of an environment. */
export function planPods(
  environment: Pick<EnvironmentConfig, "podSecurity" | "pods" | "images">,
  own?: PodsConfig,
): PodsPlan {
  const { architecture } = environment.images;
  const built: PodSettings = architecture === undefined ? {} : { nodeSelector: { "kubernetes.io/arch": architecture } };
  const roles = podRoles.map((role) => [
    role,
    merged([built, environment.pods?.all, environment.pods?.[role], own?.all, own?.[role]]),
  ]);
  return { security: environment.podSecurity, roles: Object.fromEntries(roles) as Record<PodRole, PodSettings> };
}

/**
 * Merges settings, the most particular last. Maps are merged entry by entry, everything else is replaced as a whole: a list of
 * tolerations or an affinity only makes sense as it was written.
 */
function merged(layers: readonly (PodSettings | undefined)[]): PodSettings {
  return layers.reduce<PodSettings>((result, layer = {}) => {
    const { nodeSelector, labels, annotations } = layer;
    return {
      ...result,
      ...layer,
      ...(nodeSelector !== undefined && { nodeSelector: { ...result.nodeSelector, ...nodeSelector } }),
      ...(labels !== undefined && { labels: { ...result.labels, ...labels } }),
      ...(annotations !== undefined && { annotations: { ...result.annotations, ...annotations } }),
    };
  }, {});
}

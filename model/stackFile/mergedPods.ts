/** Merges the pod settings of environments and stacks. */
import type { PodSecurity } from "./clusterSchema";
import type { Finding } from "./findings";
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

/** Bytes that the settings of a role have as JSON. Every workload carries them twice; Kubernetes allows annotations of 256 KiB. */
const mostBytes = 32 * 1024;

/**
 * Checks what environment and stack make together.
 *
 * @param path - path of `pods` in the stack's file
 * @param environmentFile - its other part
 */
export function checkPods(path: string, { roles }: PodsPlan, environmentFile: string): Finding[] {
  const sizes = podRoles.map((role) => ({ role, bytes: Buffer.byteLength(JSON.stringify(roles[role])) }));
  const large = sizes.find(({ bytes }) => bytes > mostBytes);
  if (large === undefined) return [];
  const message =
    `the settings of ${large.role} pods have ${Math.ceil(large.bytes / 1024)} KiB, together with pods in ${environmentFile}; ` +
    `at most ${mostBytes / 1024} KiB are allowed, as every pod carries them: write fewer or shorter ones`;
  return [{ path, message }];
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

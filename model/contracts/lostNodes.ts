/** How long pods stay on a node of Kubernetes that is lost. */

/** What a toleration of a PodSpec says of a taint, as far as this matters here. */
interface Toleration {
  key?: string;
  operator?: "Exists" | "Equal";
  effect?: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
  tolerationSeconds?: number;
}

/** Seconds after which pods that can move leave a node that has been found lost. Kubernetes' own default is 300. */
const secondsOnLostNode = 30;

/**
 * The tolerations of pods that any node can run: they leave a lost one soon, unless the files say how long they stay.
 *
 * @param said - those of the files
 */
export function leavingLostNodes<T extends Toleration>(said: readonly T[] = []): (T | Toleration)[] {
  const lost = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"].map((key) => ({
    key,
    operator: "Exists" as const,
    effect: "NoExecute" as const,
    tolerationSeconds: secondsOnLostNode,
  }));
  const isSaid = (taint: string): boolean =>
    said.some(({ key = taint, effect = "NoExecute" }) => key === taint && effect === "NoExecute");
  return [...said, ...lost.filter(({ key }) => !isSaid(key))];
}

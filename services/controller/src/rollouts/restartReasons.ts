/** Why nodes restart. To have them restart for another reason, add a function to the list. */
import type { KubernetesApi } from "../../../common/kubernetes/kubernetesApi";
import type { Node } from "./nodes";
import { TemplateChanges } from "./templateChanges";

/**
 * A reason for which nodes restart. It is asked about nodes that are ready, again and again, and reads from the cluster alone:
 * once the node has restarted, it must answer nothing.
 *
 * @returns why the node must restart, as the end of a sentence: `its pod template has changed`; nothing if it need not
 */
export type RestartReason = (node: Node) => Promise<string | undefined>;

/** All reasons. */
export function restartReasons({ api }: { api: KubernetesApi }): RestartReason[] {
  const templates = new TemplateChanges(api);
  return [(node) => templates.reason(node)];
}

/** A node that must restart. */
export interface Due {
  node: Node;
  /** As a {@link RestartReason} gives it; several are joined. */
  reason: string;
}

/** The nodes that must restart. */
export async function dueAmong(nodes: readonly Node[], reasons: readonly RestartReason[]): Promise<Due[]> {
  const found = await Promise.all(
    nodes.map(async (node): Promise<Due[]> => {
      const given = (await Promise.all(reasons.map((reason) => reason(node)))).filter((one) => one !== undefined);
      return given.length === 0 ? [] : [{ node, reason: given.join(", and ") }];
    }),
  );
  return found.flat();
}

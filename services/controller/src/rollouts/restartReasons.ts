/** Why nodes restart. To have them restart for another reason, add a function to the list. */
import type { Shared } from "../shared";
import type { Node } from "./nodes";
import { TemplateChanges } from "./templateChanges";

/** Why a node must restart. */
export interface Restart {
  /** The end of a sentence: `its pod template has changed`. */
  why: string;
  /** Whether the node is of no use as it is, so that nothing is lost by restarting it whatever the state of the others. */
  isUseless?: boolean;
  /** Reason of a warning, where the restart repairs what an earlier one should have: `RenewalFailed`. */
  warning?: string;
}

/**
 * A reason for which nodes restart. It is asked again and again, and reads from cluster and CAs alone: once the node has
 * restarted, it must answer nothing.
 */
export type RestartReason = (node: Node) => Promise<Restart | undefined>;

/** All reasons. */
export function restartReasons({ api, renewals }: Pick<Shared, "api" | "renewals">): RestartReason[] {
  const templates = new TemplateChanges(api);
  return [
    async (node) => {
      const why = await templates.reason(node);
      return why === undefined ? undefined : { why };
    },
    async ({ namespace, name }) => {
      const restart = (await renewals.of(`${namespace}/${name}`))?.restart;
      if (restart === undefined) return undefined;
      const { reason, message, expired } = restart;
      return { why: message, isUseless: expired, ...(reason === "RenewalFailed" && { warning: reason }) };
    },
  ];
}

/** Why a node's certificates are not renewed although they are due. */
export function heldUpRenewal({ renewals }: Pick<Shared, "renewals">): (node: Node) => Promise<string | undefined> {
  return async ({ namespace, name }) => (await renewals.of(`${namespace}/${name}`))?.heldUp;
}

/** A node that must restart. */
export interface Due extends Restart {
  node: Node;
}

/** The nodes that must restart; several reasons are joined. */
export async function dueAmong(nodes: readonly Node[], reasons: readonly RestartReason[]): Promise<Due[]> {
  const found = await Promise.all(
    nodes.map(async (node): Promise<Due[]> => {
      const given = (await Promise.all(reasons.map((reason) => reason(node)))).filter((one) => one !== undefined);
      if (given.length === 0) return [];
      const warning = given.find((one) => one.warning !== undefined)?.warning;
      const isUseless = given.some((one) => one.isUseless);
      return [{ node, why: given.map(({ why }) => why).join(", and "), isUseless, ...(warning && { warning }) }];
    }),
  );
  return found.flat();
}

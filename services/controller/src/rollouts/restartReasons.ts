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
  /**
   * What must be done right before the restart. May be called again, also by another process.
   *
   * @returns what is in the way, in a sentence
   */
  before?: () => Promise<string | undefined>;
  /** Whether {@link before} has begun, so that the channels are not well until the node has restarted. */
  isBegun?: boolean;
}

/** What a reason says of a node. */
export interface Answer {
  /** Absent if the node need not restart now. */
  restart?: Restart;
  /** What people should know of a node that need not restart now. */
  remark?: string;
}

/**
 * A reason for which nodes restart. It is asked again and again, and reads from cluster and CAs alone: once the node has
 * restarted, it must answer nothing.
 */
export type RestartReason = (node: Node) => Promise<Answer>;

/** All reasons. */
export function restartReasons({
  api,
  renewals,
  newKeys,
}: Pick<Shared, "api" | "renewals" | "newKeys">): RestartReason[] {
  const templates = new TemplateChanges(api);
  return [
    async (node) => {
      const why = await templates.reason(node);
      return why === undefined ? {} : { restart: { why } };
    },
    async ({ namespace, name }) => {
      const { restart, heldUp } = (await renewals.of(`${namespace}/${name}`)) ?? {};
      if (restart === undefined) return heldUp === undefined ? {} : { remark: heldUp };
      const { reason, message, expired } = restart;
      const warning = reason === "RenewalFailed" ? reason : undefined;
      return { restart: { why: message, isUseless: expired, ...(warning && { warning }) } };
    },
    (node) => newKeys.of(node),
  ];
}

/** A node that must restart. */
export interface Due extends Restart {
  node: Node;
}

/** Which nodes must restart, and what is to be said of the others. */
export interface Judgement {
  due: Due[];
  remarks: string[];
}

/** Asks all reasons about all nodes. Several reasons of one node are joined. */
export async function judge(nodes: readonly Node[], reasons: readonly RestartReason[]): Promise<Judgement> {
  const judgement: Judgement = { due: [], remarks: [] };
  const answers = await Promise.all(nodes.map((node) => Promise.all(reasons.map((reason) => reason(node)))));
  for (const [index, given] of answers.entries()) {
    const restarts = given.flatMap(({ restart }) => restart ?? []);
    judgement.remarks.push(...given.flatMap(({ remark }) => remark ?? []));
    if (restarts.length === 0) continue;
    const warning = restarts.find((restart) => restart.warning !== undefined)?.warning;
    const before = restarts.find((restart) => restart.before !== undefined)?.before;
    judgement.due.push({
      node: nodes[index]!,
      why: restarts.map(({ why }) => why).join(", and "),
      isUseless: restarts.some(({ isUseless }) => isUseless),
      isBegun: restarts.some(({ isBegun }) => isBegun),
      ...(warning && { warning }),
      ...(before && { before }),
    });
  }
  return judgement;
}

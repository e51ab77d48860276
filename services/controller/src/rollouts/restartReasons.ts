/** Why nodes restart. To have them restart for another reason, add a function to the list. */
import type { Shared } from "../shared";
import type { Node } from "./nodes";
import type { Restart, RestartReason } from "./restart";
import { TemplateChanges } from "./templateChanges";

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
  /** Why it restarts although something is in the way of {@link Restart.before}; absent if it has no other reason. */
  otherwise?: string;
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
    const others = restarts.filter((restart) => restart.before === undefined);
    judgement.due.push({
      node: nodes[index]!,
      why: whyOf(restarts),
      isUseless: restarts.some(({ isUseless }) => isUseless),
      isBegun: restarts.some(({ isBegun }) => isBegun),
      ...(warning && { warning }),
      ...(before && { before }),
      ...(others.length > 0 && { otherwise: whyOf(others) }),
    });
  }
  return judgement;
}

const whyOf = (restarts: readonly Restart[]): string => restarts.map(({ why }) => why).join(", and ");

/** The reconciler of Rollout: restarts the nodes of a network one after another, and stops at one that does not come back. */
import { inRestartOrder } from "../../../../model/rollout/restartOrder";
import type { KubernetesApi } from "../../../common/kubernetes/kubernetesApi";
import { unlessMissing } from "../../../common/kubernetes/request";
import { writeEvent } from "../events";
import type { SeenObjects } from "../objects";
import { ready, type Reconciler, type Result, soon, waiting } from "../reconciler";
import { collections, type Rollout } from "../resources";
import type { Gate } from "./channelHealth";
import { currentNodes, isOutdated, isUp, type Node, seenNodes } from "./nodes";
import { type Due, dueAmong, type RestartReason } from "./restartReasons";

/** What {@link Rollouts} works with. */
export interface RolloutsOptions {
  api: KubernetesApi;
  objects: SeenObjects;
  reasons: readonly RestartReason[];
  /** What is to be said of a node that need not restart now. */
  remark: (node: Node) => Promise<string | undefined>;
  health: Gate;
}

/** Reasons of the condition Ready of a network where nothing has been restarted. */
const notDeclared = "NotDeclared";
const notReady = "NodeNotReady";

/**
 * Reconciles Rollout. All that it knows it reads from the cluster: which pods were made from an outdated template, which are
 * ready, how the channels are. So it can be killed between any two steps, and another one goes on.
 *
 * At most one node is away at a time: every node must be ready, and every channel must have a leader and all its orderers and
 * peers caught up, before the next one is deleted. Nodes whose certificates have ended come first, and wait for no channel. That leaves the consenters a quorum wherever there are three or more. A
 * network with fewer, or an organization with one peer, is rolled all the same; the preview says what that interrupts.
 */
export class Rollouts implements Reconciler<Rollout> {
  constructor(private readonly options: RolloutsOptions) {}

  async reconcile(rollout: Rollout): Promise<Result> {
    const { objects, reasons, health, api } = this.options;
    const seen = seenNodes(rollout, objects);
    const settled = await this.settled(rollout, seen);
    if (settled !== undefined) return settled;
    // Said before it is done: whoever takes over after this knows that a restart may have begun.
    if (!isMoving(rollout)) return rolling(await this.plan(seen));

    // What was seen may be older than what was done last. What is done next must follow from what is there now.
    const nodes = await currentNodes(rollout, api);
    const changed = await this.settled(rollout, nodes);
    if (changed !== undefined) return changed;
    const stuck = await this.stuck(nodes);
    if (stuck.length > 0) return this.replace(rollout, stuck);
    const due = await dueAmong(nodes.filter(isUp), reasons);
    const [useless, ...rest] = inOrder(
      due.filter(({ isUseless }) => isUseless),
      nodes,
    );
    // Channels cannot be healthy without it.
    if (useless !== undefined) return this.restart(rollout, useless, rest);
    const { problem, leads } = await health.look(rollout);
    const [next, ...others] = inOrder(due, nodes, leads);
    if (next === undefined) return problem === undefined ? this.done(nodes) : rolling(problem);
    const wait = problem ?? unsettled(nodes);
    if (wait !== undefined) return rolling(`${next.node.name} restarts next. Before that: ${wait}`);
    return this.restart(rollout, next, others);
  }

  forget(): void {}

  /** The result if there is nothing to do now. */
  private async settled(rollout: Rollout, nodes: readonly Node[]): Promise<Result | undefined> {
    const undeclared = nodes.filter(({ isDeclared }) => !isDeclared);
    if (undeclared.length > 0) return incomplete(undeclared);
    if ((await this.stuck(nodes)).length > 0) return undefined;
    const away = nodes.filter((node) => !isUp(node));
    if (away.length > 0) return (await this.passesBy(away, nodes)) ? undefined : unready(rollout, away);
    if (isMoving(rollout)) return undefined;
    const due = await dueAmong(nodes, this.options.reasons);
    return due.length === 0 ? this.done(nodes) : undefined;
  }

  /** Whether others restart although these are away: they have troubles of their own, and the certificates of others have ended. */
  private async passesBy(away: readonly Node[], nodes: readonly Node[]): Promise<boolean> {
    if (away.some(({ pod }) => pod?.trouble === undefined)) return false;
    const due = await dueAmong(nodes.filter(isUp), this.options.reasons);
    return due.some(({ isUseless }) => isUseless);
  }

  private async done(nodes: readonly Node[]): Promise<Result> {
    const remarks = (await Promise.all(nodes.map(this.options.remark))).filter((remark) => remark !== undefined);
    const all = `All ${nodes.length} nodes are ready and run as declared`;
    return ready("RolledOut", [all, ...new Set(remarks)].join(". "));
  }

  /** What is going to be done. */
  private async plan(nodes: readonly Node[]): Promise<string> {
    const stuck = await this.stuck(nodes);
    if (stuck.length > 0) return `Replaces ${stuckText(stuck)}.`;
    const due = inOrder(await dueAmong(nodes, this.options.reasons), nodes);
    return `Restarts ${due.length} of ${nodes.length} nodes, one after another: ${namesOf(due.map(({ node }) => node))}.`;
  }

  /**
   * The nodes that do not serve, and cannot with the pods that they have: those were made from an outdated template, or their
   * certificates have ended, which only the start of a new pod renews.
   */
  private async stuck(nodes: readonly Node[]): Promise<Node[]> {
    const away = nodes.filter(({ pod }) => pod !== undefined && !pod.isReady && !pod.isEnding);
    const outdated = away.filter(isOutdated);
    const others = away.filter((node) => !outdated.includes(node));
    const useless = (await dueAmong(others, this.options.reasons)).filter(({ isUseless }) => isUseless);
    return [...outdated, ...useless.map(({ node }) => node)];
  }

  /** To replace the pods of nodes that are {@link stuck} costs nothing, whatever else is broken. */
  private async replace(rollout: Rollout, stuck: readonly Node[]): Promise<Result> {
    for (const node of stuck) await this.delete(node);
    const message = `Replacing ${stuckText(stuck)}.`;
    await this.tell(rollout, message);
    return { ...waiting("Rolling", message), isNormal: true };
  }

  private async restart(rollout: Rollout, { node, why, warning }: Due, others: readonly Due[]): Promise<Result> {
    await this.delete(node);
    const message = `Restarting ${node.name}, because ${why}.`;
    await this.tell(rollout, message, warning);
    return { ...waiting("Rolling", `${message}${following(others)}`), isNormal: true };
  }

  /** Deletes a node's pod, if it is still as it was seen. Its StatefulSet makes a new one. */
  private async delete({ namespace, pod }: Node): Promise<void> {
    const { name, uid, resourceVersion } = pod!;
    const body = { apiVersion: "v1", kind: "DeleteOptions", preconditions: { uid, resourceVersion } };
    await unlessMissing(this.options.api.call("DELETE", `${collections.pods(namespace)}/${name}`, { body }));
  }

  /** An Event is for people only: without it, the rollout goes on. */
  private async tell(rollout: Rollout, message: string, warning?: string): Promise<void> {
    const outcome = { ready: warning === undefined, reason: warning ?? "Restarting", message };
    await writeEvent(this.options.api, "Rollout", rollout, outcome, new Date()).catch(() => undefined);
  }
}

const rolling = (message: string): Result => ({ ...soon("Rolling", message), isNormal: true });

/** Whether a restart may have begun that has not been seen to end. */
function isMoving({ status }: Rollout): boolean {
  const found = status?.conditions?.find(({ type }) => type === "Ready");
  return found?.status === "False" && found.reason !== notDeclared && found.reason !== notReady;
}

/**
 * How long a peer that has become ready is given to meet the others by gossip, in milliseconds. Until then, it finds no endorsers
 * of other organizations for its clients: from one to more than six seconds, as measured with Fabric 2.5.
 */
const settleTime = 10_000;

/** Which peers are given that time now, if any. */
function unsettled(nodes: readonly Node[]): string | undefined {
  const young = nodes.filter(({ role, pod }) => {
    const age = Date.now() - (pod?.readySince ?? 0);
    return role === "peer" && Math.abs(age) < settleTime;
  });
  return young.length === 0 ? undefined : `${namesOf(young)} meets the other peers by gossip.`;
}

function inOrder(due: readonly Due[], nodes: readonly Node[], leads?: (orderer: string) => number): Due[] {
  const order = inRestartOrder(
    due.map(({ node }) => node),
    nodes,
    leads,
  );
  return order.map((node) => due.find((one) => one.node === node)!);
}

const stuckText = (stuck: readonly Node[]): string =>
  `${namesOf(stuck)}, not ready and with an outdated pod template or certificates that have ended`;

function incomplete(undeclared: readonly Node[]): Result {
  const message =
    `Nothing restarts until the StatefulSets of ${namesOf(undeclared)} have the pod templates that this Rollout names. Apply the ` +
    "whole stack.";
  return { ...waiting(notDeclared, message), isNormal: true };
}

function unready(rollout: Rollout, away: readonly Node[]): Result {
  const troubled = away.filter(({ pod }) => pod?.trouble !== undefined);
  const stops = "Until it is ready, no other node restarts.";
  const [first] = troubled;
  if (first !== undefined) {
    const others = troubled.length === 1 ? "" : ` (Nor are ${namesOf(troubled.slice(1))}.)`;
    const { reason, message } = first.pod!.trouble!;
    return waiting(reason, `Node ${first.name} is not ready. ${message}${others} ${stops}`);
  }
  const [{ name, namespace }] = away as [Node];
  const remedy = `If that takes long: kubectl describe pod -n ${namespace} -l app.kubernetes.io/instance=${name}`;
  const message = `Waits for ${namesOf(away)} to be ready. ${remedy}`;
  return isMoving(rollout) ? { ...waiting("Rolling", message), isNormal: true } : waiting(notReady, message);
}

function following(others: readonly Due[]): string {
  if (others.length === 0) return "";
  const names = namesOf(others.map(({ node }) => node));
  return ` ${others.length} more follow${others.length === 1 ? "s" : ""}: ${names}.`;
}

/** Most names that a message lists. */
const mostNames = 8;

function namesOf(nodes: readonly Pick<Node, "name">[]): string {
  const names = nodes.map(({ name }) => name);
  if (names.length <= mostNames) return names.join(", ");
  return `${names.slice(0, mostNames - 1).join(", ")} and ${names.length - mostNames + 1} more`;
}

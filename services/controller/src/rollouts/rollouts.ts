/** The reconciler of Rollout: restarts the nodes of a network, or of the platform, one after another, and stops at one that does not come back. */
import { inRestartOrder } from "../../../../model/rollout/restartOrder";
import type { KubernetesApi } from "../../../common/kubernetes/kubernetesApi";
import { unlessMissing } from "../../../common/kubernetes/request";
import { writeEvent } from "../events";
import type { SeenObjects } from "../objects";
import { ready, type Reconciler, type Result, soon, waiting } from "../reconciler";
import { collections, type Rollout } from "../resources";
import type { Afterwards, Gate } from "./gate";
import { missingBeforeRestart } from "./neededObjects";
import { currentNodes, isOutdated, isUp, type Node, seenNodes } from "./nodes";
import type { RestartReason } from "./restart";
import { type Due, judge, type Judgement } from "./restartReasons";
import { volumeReasons, type Volumes } from "./volumes";

/** What {@link Rollouts} works with. */
export interface RolloutsOptions {
  api: KubernetesApi;
  objects: SeenObjects;
  reasons: readonly RestartReason[];
  health: Gate;
  volumes: Volumes;
  /** What is left to do when all nodes run as declared; absent for nothing. */
  afterwards?: Afterwards;
  /** Namespace of the platform's CA. */
  platformNamespace: string;
}

/** Reasons of the condition Ready of a network where nothing has been restarted. */
const notDeclared = "NotDeclared";
const notReady = "NodeNotReady";
const unmoved: readonly string[] = [notDeclared, notReady, ...volumeReasons];

/** What is to be done with the nodes of a Rollout. */
interface Assessment extends Judgement {
  nodes: readonly Node[];
  /** Those that do not serve. */
  away: readonly Node[];
  /**
   * Those of {@link away} that cannot serve with the pods that they have: these were made from an outdated template, or their
   * certificates have ended, which only the start of a new pod renews.
   */
  stuck: readonly Node[];
}

/**
 * Reconciles Rollout. All that it knows it reads from the cluster: which pods were made from an outdated template, which are
 * ready, how the channels are. So it can be killed between any two steps, and another one goes on.
 *
 * At most one node is away at a time: every node must be ready, and every channel must have a leader and all its orderers and
 * peers caught up, before the next one is deleted. That leaves the consenters a quorum wherever there are three or more. A
 * network with fewer, or an organization with one peer, is rolled all the same; the preview says what that interrupts. Nodes whose
 * certificates have ended come first, and wait for no channel. So does a node that channels know by its next key already. Of the
 * platform's Kafka, every topic must have a leader and all its replicas in sync, and all ZooKeepers must follow theirs.
 */
export class Rollouts implements Reconciler<Rollout> {
  constructor(private readonly options: RolloutsOptions) {}

  async reconcile(rollout: Rollout): Promise<Result> {
    // First: a node whose volume is full does not become ready.
    const growing = await this.options.volumes.grow(rollout);
    const rolled = await this.roll(rollout);
    if (!rolled.ready) return growing === undefined ? rolled : both(rolled, growing);
    const left = await this.options.afterwards?.afterRoll(rollout);
    return growing ?? left ?? rolled;
  }

  private async roll(rollout: Rollout): Promise<Result> {
    const { objects, api } = this.options;
    const seen = await this.assess(seenNodes(rollout, objects));
    const settled = settledResult(rollout, seen);
    if (settled !== undefined) return settled;
    // Said before it is done: whoever takes over after this knows that a restart may have begun.
    if (!isMoving(rollout)) return rolling(plan(seen));

    // What was seen may be older than what was done last. What is done next must follow from what is there now.
    const now = await this.assess(await currentNodes(rollout, api));
    const changed = settledResult(rollout, now);
    if (changed !== undefined) return changed;
    if (now.stuck.length > 0) return this.replace(rollout, now.stuck);
    return this.next(rollout, now);
  }

  private async next(rollout: Rollout, now: Assessment): Promise<Result> {
    const { nodes } = now;
    const due = now.away.length > 0 ? passing(now) : now.due.filter(({ node }) => isUp(node));
    const useless = inOrder(
      due.filter(({ isUseless }) => isUseless),
      nodes,
    );
    // Channels cannot be healthy without them. Nor can they be while they know only the next key of a node.
    const begun = due.filter(({ isBegun, isUseless }) => isBegun && !isUseless);
    const urgent = await this.restartFirst(rollout, [...useless, ...begun]);
    if (urgent !== undefined) return urgent;
    const { problem, leads } = await this.options.health.look(rollout);
    const rest = inOrder(due, nodes, leads);
    const [first] = rest;
    if (first === undefined) return problem === undefined ? done(now) : rolling(problem);
    const wait = problem ?? unsettled(nodes);
    if (wait !== undefined) return rolling(`${first.node.name} restarts next. Before that: ${wait}`);
    return (await this.restartFirst(rollout, rest))!;
  }

  forget(): void {}

  private async assess(nodes: readonly Node[]): Promise<Assessment> {
    const judgement = await judge(nodes, this.options.reasons);
    const away = nodes.filter((node) => !isUp(node));
    const useless = new Set(judgement.due.filter(({ isUseless }) => isUseless).map(({ node }) => node));
    const stuck = away.filter((node) => node.pod?.isEnding === false && (isOutdated(node) || useless.has(node)));
    return { ...judgement, nodes, away, stuck };
  }

  /** To replace the pods of nodes that are stuck costs nothing, whatever else is broken. */
  private async replace(rollout: Rollout, stuck: readonly Node[]): Promise<Result> {
    for (const node of stuck) await this.delete(node);
    const message = `Replacing ${stuckText(stuck)}.`;
    await this.tell(rollout, message);
    return normal(waiting("Rolling", message));
  }

  /** Restarts the first node that nothing is in the way of, or says what is. Undefined if there are none. */
  private async restartFirst(rollout: Rollout, order: readonly Due[]): Promise<Result | undefined> {
    let inTheWay: Result | undefined;
    for (const due of order) {
      const { node, before, otherwise, warning, isBegun } = due;
      const missing = await missingBeforeRestart(this.options, node);
      if (missing !== undefined) {
        // Another node may be what makes it, as a CA does.
        inTheWay ??= missing;
        if (isBegun) return missing;
        continue;
      }
      const obstacle = await before?.();
      const why = obstacle === undefined ? due.why : otherwise;
      if (why !== undefined) {
        await this.delete(node);
        const message = `Restarting ${node.name}, because ${why}.`;
        await this.tell(rollout, message, warning);
        return normal(waiting("Rolling", `${message}${following(order.filter((one) => one !== due))}`));
      }
      inTheWay ??= rolling(`${node.name} restarts next. Before that: ${obstacle!.message}`);
      // One more node that is away could cost a channel its majority.
      if (obstacle!.isBegun) return inTheWay;
    }
    return inTheWay;
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

/** Part of normal work: no warning. */
const normal = (result: Result): Result => ({ ...result, isNormal: true });

const rolling = (message: string): Result => normal(soon("Rolling", message));

/** Neither is ready. No watch reports that volumes have grown. */
function both(rolled: Result, growing: Result): Result {
  const soon = rolled.soon === true || growing.soon === true;
  return { ...rolled, message: `${rolled.message} ${growing.message}`, retry: true, ...(soon && { soon }) };
}

/** The result if there is nothing to do now. */
function settledResult(rollout: Rollout, assessment: Assessment): Result | undefined {
  const { nodes, away, stuck, due } = assessment;
  const undeclared = nodes.filter(({ isDeclared }) => !isDeclared);
  if (undeclared.length > 0) return incomplete(undeclared);
  if (stuck.length > 0) return undefined;
  if (away.length > 0) return passing(assessment).length > 0 ? undefined : unready(rollout, away);
  return isMoving(rollout) || due.length > 0 ? undefined : done(assessment);
}

/**
 * The nodes that restart although others are away: those that channels know only by their next key, which do not take part as they are;
 * and, where the others have troubles of their own, those whose certificates have ended.
 */
function passing({ away, due }: Assessment): Due[] {
  const isTroubled = away.every(({ pod }) => pod?.trouble !== undefined);
  return due.filter(({ node, isUseless, isBegun }) => isUp(node) && (isBegun || (isUseless && isTroubled)));
}

function done({ nodes, remarks }: Assessment): Result {
  const all = `All ${nodes.length} nodes are ready and run as declared`;
  return ready("RolledOut", [all, ...new Set(remarks)].join(". "));
}

/** What is going to be done. */
function plan({ nodes, stuck, due }: Assessment): string {
  if (stuck.length > 0) return `Replaces ${stuckText(stuck)}.`;
  const order = inOrder(due, nodes).map(({ node }) => node);
  return `Restarts ${due.length} of ${nodes.length} nodes, one after another: ${namesOf(order)}.`;
}

/** Whether a restart may have begun that has not been seen to end. */
function isMoving({ status }: Rollout): boolean {
  const found = status?.conditions?.find(({ type }) => type === "Ready");
  return found?.status === "False" && !unmoved.includes(found.reason);
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

function inOrder(due: readonly Due[], nodes: readonly Node[], leads?: (node: string) => number): Due[] {
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
  return normal(waiting(notDeclared, message));
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
  return isMoving(rollout) ? normal(waiting("Rolling", message)) : waiting(notReady, message);
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

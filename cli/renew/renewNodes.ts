/** Asks for new certificates of a network's nodes, or of the platform's CA server, and waits until the network controller has restarted them. */
import { setTimeout as sleep } from "node:timers/promises";

import { newKeysRequestedAnnotation, renewRequestedAnnotation } from "../../model/contracts/annotations";
import { apiVersion } from "../../model/contracts/apiGroup";
import { enrolContainerName, parseKeyReport } from "../../model/contracts/enrolment";
import { instanceLabel, partOfLabel, productName } from "../../model/contracts/labels";
import { platformCaName } from "../../model/contracts/platformCa";
import { didYouMean } from "../../model/didYouMean";
import { allOrganizations, type NetworkPlan } from "../../model/network/networkPlan";
import { UserError } from "../../model/userError";
import { inParallel } from "../common/inParallel";
import { ApiError } from "../engine/cluster/api";
import type { KubernetesObject } from "../engine/cluster/kubernetesObject";
import type { WaitContext } from "../engine/cluster/waitUntil";

/** A node, CA server or chaincode server, which gets new certificates when it starts. */
export interface RenewableNode {
  /** Name of its pods' label, and of its custom resource. */
  name: string;
  /** Kind of the custom resource that carries the request. */
  kind: "CertificateAuthority" | "Identity";
  /** Whether it keeps its keys on a volume, and replaces them when it is asked to. Others have none to replace, or new ones at each start. */
  keepsKeys?: boolean;
}

/** A node that was restarted. */
export interface Renewed {
  name: string;
  /** End of its new certificates, in ISO 8601, as its log says; undefined if that is not known. */
  until?: string;
}

/** Pause between two looks at the pods, in milliseconds. */
const pause = 2_000;

/** Lines at the end of the log of the container that enrols that are searched. */
const searchedLines = 50;

/**
 * Of some nodes, those that can replace their keys.
 *
 * @param named - whether somebody has named them
 * @throws {@link UserError} when a CA server was named
 */
export function nodesForNewKeys(nodes: readonly RenewableNode[], named: boolean): RenewableNode[] {
  const authorities = nodes.filter(({ kind }) => kind === "CertificateAuthority").map(({ name }) => name);
  if (named && authorities.length > 0) {
    const those = authorities.join(", ");
    throw new UserError(
      `--new-keys does not replace the keys of CA servers: ${those}\n  -> Name peers and orderers. What it takes to replace the ` +
        "roots of a CA is in docs/certificates.md.",
    );
  }
  return nodes.filter(({ kind }) => kind !== "CertificateAuthority");
}

/** What new keys of these nodes interrupt, in a sentence; undefined if nothing. */
export function interruptionByNewKeys(network: NetworkPlan, nodes: readonly RenewableNode[]): string | undefined {
  const orderers = allOrganizations(network).flatMap((one) => one.orderers);
  const [first] = orderers.filter(({ name }) => nodes.some((node) => node.name === name));
  if (first === undefined || orderers.length > 2) return undefined;
  if (orderers.length === 1) {
    return `${first.name} is the only orderer: no transaction is ordered while it restarts, twice, to get a new key`;
  }
  return "there are only two orderers: no transaction is ordered while one of them restarts, twice, to get a new key";
}

/**
 * The nodes of a network whose certificates can be renewed, CAs first. The gateway is not among them: it renews its own.
 *
 * @param names - only these; all if there are none
 * @throws {@link UserError} for a name that no node has
 */
export function renewableNodes(network: NetworkPlan, names: readonly string[]): RenewableNode[] {
  const organizations = allOrganizations(network);
  const nodes: RenewableNode[] = [
    ...organizations.map(({ certificateAuthority: { name } }) => ({ name, kind: "CertificateAuthority" as const })),
    ...[...organizations.flatMap(({ peers, orderers }) => [...orderers, ...peers])].map(({ name }) => ({
      name,
      kind: "Identity" as const,
      keepsKeys: true,
    })),
    ...network.chaincodes
      .flatMap(({ ownServers }) => ownServers)
      .map(({ name }) => ({ name, kind: "Identity" as const })),
  ];
  return named(`network "${network.name}"`, nodes, names);
}

/**
 * What of the platform can be renewed: its CA server.
 *
 * @param names - only these; all if there are none
 * @throws {@link UserError} for another name
 */
export function renewableOfPlatform(names: readonly string[]): RenewableNode[] {
  return named("the platform", [{ name: platformCaName, kind: "CertificateAuthority" }], names);
}

function named(owner: string, nodes: RenewableNode[], names: readonly string[]): RenewableNode[] {
  const known = nodes.map(({ name }) => name);
  const wrong = names.find((name) => !known.includes(name));
  if (wrong !== undefined) {
    throw new UserError(
      `${owner} has no node "${wrong}".${didYouMean(wrong, known)}\n  -> There are: ${known.join(", ")}`,
    );
  }
  return names.length === 0 ? nodes : nodes.filter(({ name }) => names.includes(name));
}

/** How to renew. */
export interface RenewOptions {
  timeoutMs: number;
  /** Whether nodes that keep their keys replace them, too. */
  newKeys?: boolean;
  now?: () => number;
}

/**
 * Asks the network controller for new certificates of nodes: an annotation on each node's custom resource, which no one who
 * applies the stack owns. Waits until each has pods that were made since and are ready, and have new keys if these are wanted.
 *
 * @throws {@link UserError} when a node is not in the cluster, or not restarted in time
 */
export async function renewNodes(
  context: WaitContext,
  namespace: string,
  nodes: readonly RenewableNode[],
  { timeoutMs, newKeys = false, now = Date.now }: RenewOptions,
): Promise<Renewed[]> {
  // Kubernetes counts the age of pods in seconds.
  const requestedAt = Math.floor(now() / 1000) * 1000;
  const replaces = ({ keepsKeys = false }: RenewableNode): boolean => newKeys && keepsKeys;
  await inParallel([...nodes], (node) => {
    const annotation = replaces(node) ? newKeysRequestedAnnotation : renewRequestedAnnotation;
    return request(context, namespace, node, { [annotation]: isoTime(requestedAt) });
  });
  const deadline = now() + timeoutMs;
  try {
    for (;;) {
      context.signal.throwIfAborted();
      const pods = await podsOf(context, namespace);
      const waiting = nodes.filter(
        (node) =>
          !isRestarted(pods, node.name, requestedAt) || (replaces(node) && !hasNewKeys(pods, node.name, requestedAt)),
      );
      if (waiting.length === 0) return await inParallel([...nodes], (node) => renewed(context, pods, node));
      const names = waiting.map(({ name }) => name);
      if (now() > deadline) throw notInTime(namespace, names);
      const what = newKeys ? "keys and certificates" : "certificates";
      context.progress.waiting(`waiting for nodes to restart with new ${what}, one after another`, names);
      await sleep(pause, undefined, { signal: context.signal });
    }
  } finally {
    context.progress.done();
  }
}

async function request(
  { api, discovery }: WaitContext,
  namespace: string,
  { name, kind }: RenewableNode,
  annotations: Record<string, string>,
): Promise<void> {
  try {
    await api.patch(discovery.get(apiVersion, kind), namespace, name, { metadata: { annotations } });
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 404)) throw error;
    throw new UserError(
      `there is no ${kind} ${name} in namespace ${namespace}\n  -> Apply the stack first; its nodes start with new certificates.`,
    );
  }
}

/** The pods of the stack whose namespace it is. */
async function podsOf({ api, discovery }: WaitContext, namespace: string): Promise<KubernetesObject[]> {
  const labelSelector = `${partOfLabel}=${productName}`;
  const { items } = await api.list(discovery.get("v1", "Pod"), { namespace, labelSelector });
  return items.filter(
    ({ metadata, status }) =>
      metadata.deletionTimestamp === undefined && !/^(Succeeded|Failed)$/.test(status?.phase ?? ""),
  );
}

const ofNode = (pods: readonly KubernetesObject[], node: string) =>
  pods.filter(({ metadata }) => metadata.labels?.[instanceLabel] === node);

function isRestarted(pods: readonly KubernetesObject[], node: string, since: number): boolean {
  const own = ofNode(pods, node);
  return (
    own.length > 0 &&
    own.every(({ metadata, status }) => {
      const isReady = status?.conditions?.some(
        ({ type, status }: { type: string; status: string }) => type === "Ready" && status === "True",
      );
      return isReady === true && Date.parse(metadata.creationTimestamp ?? "") > since;
    })
  );
}

function hasNewKeys(pods: readonly KubernetesObject[], node: string, since: number): boolean {
  return ofNode(pods, node).every(({ status }) => {
    const enrol = status?.initContainerStatuses?.find(({ name }: { name: string }) => name === enrolContainerName);
    const keys = parseKeyReport(enrol?.state?.terminated?.message);
    // Somebody else may have asked again since.
    return Date.parse(keys?.answered ?? "") >= since && keys?.next === undefined;
  });
}

const isoTime = (time: number): string => new Date(time).toISOString();

async function renewed(
  { api }: WaitContext,
  pods: readonly KubernetesObject[],
  { name, kind }: RenewableNode,
): Promise<Renewed> {
  const pod = ofNode(pods, name)[0];
  if (kind === "CertificateAuthority" || pod === undefined) return { name };
  const { namespace, name: podName } = pod.metadata;
  try {
    const log = await api.log(namespace!, podName, enrolContainerName, searchedLines);
    const ends = [...log.matchAll(/issued, until (\S+)/g)].map(([, end]) => end!).sort();
    return ends[0] === undefined ? { name } : { name, until: ends[0] };
  } catch (error) {
    // Whoever may not read logs has the nodes restarted all the same.
    if (error instanceof ApiError) return { name };
    throw error;
  }
}

function notInTime(namespace: string, names: readonly string[]): UserError {
  return new UserError(
    `not restarted in time: ${names.join(", ")}\n  -> The controller goes on by itself. Why it waits: ` +
      `kubectl -n ${namespace} describe rollouts,identities,certificateauthorities`,
  );
}

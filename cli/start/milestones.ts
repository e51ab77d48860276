/** The progress of a network with times, read from its objects, for the summary of `npm start`. */
import { apiVersion } from "../../model/contracts/apiGroup";
import { roleLabel } from "../../model/contracts/labels";
import type { SmokeTestResult } from "../../model/contracts/smokeTest";
import { smokeTestContainerName } from "../../model/contracts/smokeTest";
import type { Connection } from "../engine/cluster/clusterConnection";
import type { KubernetesObject } from "../engine/cluster/kubernetesObject";

/** A milestone that a network has reached. */
export interface Milestone {
  /** In milliseconds since 1970. Times from Kubernetes have whole seconds. */
  at: number;
  what: string;
  /** Further lines. */
  details: string[];
}

/** The objects that show the milestones. */
export interface NetworkObjects {
  certificateAuthorities: KubernetesObject[];
  channels: KubernetesObject[];
  chaincodes: KubernetesObject[];
  pods: KubernetesObject[];
}

/** Reads them from a network's namespace. */
export async function readNetwork({ api, discovery }: Connection, namespace: string): Promise<NetworkObjects> {
  const list = async (apiVersion: string, kind: string): Promise<KubernetesObject[]> =>
    (await api.list(discovery.get(apiVersion, kind), { namespace })).items;
  const [certificateAuthorities, channels, chaincodes, pods] = await Promise.all([
    list(apiVersion, "CertificateAuthority"),
    list(apiVersion, "Channel"),
    list(apiVersion, "Chaincode"),
    list("v1", "Pod"),
  ]);
  return { certificateAuthorities, channels, chaincodes, pods };
}

/** The results of a network's smoke tests. */
export function smokeTestResults({ pods }: Pick<NetworkObjects, "pods">): SmokeTestResult[] {
  return pods
    .filter((pod) => roleOf(pod) === "client")
    .flatMap(({ status }) => status?.containerStatuses ?? [])
    .filter(({ name }) => name === smokeTestContainerName)
    .map(({ state }) => state?.terminated ?? {})
    .filter(({ exitCode, message }) => exitCode === 0 && message)
    .map(({ message }) => JSON.parse(message));
}

/** The milestones of a network, in chronological order. */
export function milestones(network: NetworkObjects): Milestone[] {
  const { certificateAuthorities, channels, chaincodes, pods } = network;
  const nodes = pods.filter((pod) => ["certificate-authority", "orderer", "peer"].includes(roleOf(pod)));
  const own = [...certificateAuthorities, ...channels, ...chaincodes];
  const created = own.map(({ metadata }) => Date.parse(metadata.creationTimestamp ?? ""));
  return [
    ...milestone("images built, objects created", created),
    ...milestone("certificate authorities available", certificateAuthorities.map(readySince)),
    ...milestone(`all ${nodes.length} nodes ready`, nodes.map(readySince)),
    ...channels.flatMap((channel) => milestone(`channel ${channel.spec.name} joined`, [readySince(channel)])),
    ...chaincodes.flatMap((chaincode) =>
      milestone(`chaincode ${chaincode.spec.name} ${chaincode.spec.version} committed`, [readySince(chaincode)]),
    ),
    ...smokeTestResults(network).flatMap(transactions),
  ].sort((a, b) => seconds(a.at) - seconds(b.at));
}

/** The time of the last of several milestones; undefined if one is still missing. */
export function milestone(what: string, times: readonly number[]): Milestone[] {
  const at = Math.max(...times);
  return Number.isFinite(at) ? [{ at, what, details: [] }] : [];
}

function transactions({ transactions, readBack, readAt, answer }: SmokeTestResult): Milestone[] {
  return [
    ...transactions.map(({ function: name, transactionId, blockNumber, committedAt }) => ({
      at: Date.parse(committedAt),
      what: `${name} committed in block ${blockNumber}`,
      details: [`txID ${transactionId}`],
    })),
    { at: Date.parse(readAt), what: `read back from ${peersOf(readBack)}`, details: [answer] },
  ];
}

function peersOf(readBack: SmokeTestResult["readBack"]): string {
  const [own, ...others] = readBack;
  const shown = others.length > 0 ? others : [own];
  return shown.map((one) => `${one?.peer} of ${one?.organization}`).join(", ");
}

/** Since when the condition Ready of an object has been true, in milliseconds; NaN if it is not. */
export function readySince({ status }: KubernetesObject): number {
  const condition = status?.conditions?.find(({ type }: any) => type === "Ready");
  return condition?.status === "True" ? Date.parse(condition.lastTransitionTime) : NaN;
}

function roleOf({ metadata }: KubernetesObject): string {
  return metadata.labels?.[roleLabel] ?? "";
}

/** Whole seconds. */
export const seconds = (milliseconds: number): number => Math.floor(milliseconds / 1000);

/** Whether a time is at or after another, compared by whole seconds; both in milliseconds since 1970. */
export function isNotBefore(at: number, began: number): boolean {
  return seconds(at) >= seconds(began);
}

/**
 * Milestones with the time since a beginning; those before it are marked as earlier.
 *
 * @param began - in milliseconds since 1970
 */
export function timeline(all: readonly Milestone[], began: number): string {
  const rows = all.flatMap(({ at, what, details }) => {
    const time = isNotBefore(at, began) ? `${seconds(at) - seconds(began)} s` : "earlier";
    return [`${time.padStart(8)}  ${what}`, ...details.map((line) => `${" ".repeat(10)}${line}`)];
  });
  return rows.join("\n");
}

/** The transactions that are already on the ledger, with dates, for a run without changes. */
export function committedText(results: readonly SmokeTestResult[]): string {
  const rows = results.flatMap(({ transactions, readBack, answer }) => [
    ...transactions.flatMap(({ function: name, transactionId, blockNumber, committedAt }) => [
      `  ${name} was committed in block ${blockNumber} on ${date(committedAt)}`,
      `    txID ${transactionId}`,
    ]),
    `  and read back from ${peersOf(readBack)}`,
    `    ${answer}`,
  ]);
  return rows.join("\n");
}

/** `2026-11-24 12:00:00 UTC` */
function date(text: string): string {
  return `${new Date(text).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

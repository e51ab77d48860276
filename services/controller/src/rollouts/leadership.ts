/** Reads from an orderer's metrics which channels it leads. */
import { request } from "node:https";

import { FabricError } from "@baas/fabric";

import type { Administrator } from "../administrators";
import { hostPort } from "../hostPort";

/** In milliseconds. */
const answerTimeout = 5_000;

/** What an orderer says about channels. */
export interface Leadership {
  orderer: string;
  /** The channels that it leads, each with the number of consenters that it hears from; undefined if it does not say. */
  channels: Map<string, number | undefined>;
}

/**
 * Asks an orderer which channels it leads.
 *
 * @param operations - `host:port` of its operations endpoint
 * @throws {@link FabricError} when it does not answer
 */
export async function leadershipOf(
  orderer: string,
  operations: string,
  administrator: Administrator,
): Promise<Leadership> {
  const where = { step: "reading its metrics", node: orderer, organization: administrator.organization.name };
  try {
    const { status, text } = await metrics(operations, administrator);
    if (status === 200) return { orderer, channels: ledChannels(text) };
    throw new Error(`it answers with ${status}`);
  } catch (error) {
    throw new FabricError({ ...where, code: "UNAVAILABLE", reason: (error as Error).message });
  }
}

/**
 * The channels that an orderer leads, with the number of consenters that it hears from.
 *
 * Source: Hyperledger Fabric 2.5, metrics reference: consensus_etcdraft_is_leader, consensus_etcdraft_active_nodes.
 *
 * @param text - metrics in Prometheus' format
 */
export function ledChannels(text: string): Map<string, number | undefined> {
  const values = (metric: string): Map<string, number> => {
    const lines = text.matchAll(new RegExp(`^consensus_etcdraft_${metric}\\{channel="([^"]*)"\\} (\\S+)$`, "gm"));
    return new Map([...lines].map(([, channel, value]) => [channel!, Number(value)]));
  };
  const active = values("active_nodes");
  const led = [...values("is_leader")].filter(([, value]) => value === 1);
  return new Map(led.map(([channel]) => [channel, active.get(channel)]));
}

function metrics(operations: string, { tls, tlsRoot }: Administrator): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(answerTimeout);
    const identity = { ca: tlsRoot, cert: tls.certificate, key: tls.key };
    const options = { ...hostPort(operations), path: "/metrics", ...identity, signal };
    const call = request({ ...options, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString("utf8") }),
      );
    });
    call.on("error", (error) => reject(signal.aborted ? new Error(`no answer within ${answerTimeout} ms`) : error));
    call.end();
  });
}

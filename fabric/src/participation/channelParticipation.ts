/**
 * Client of an orderer's channel participation API: REST over mutual TLS.
 *
 * Source: Fabric documentation, "Create a channel" and the API's swagger definition.
 */
import { randomBytes } from "node:crypto";
import { Agent, request } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";

import { FabricError, isFabricError } from "../errors";
import { parseConfigBlock } from "../wire/block";
import { participationError } from "./participationError";

/** Address of an orderer's administration, and the credentials for it. */
export interface ParticipationEndpoint {
  /** Name of the orderer, for messages. */
  name: string;
  /** Name of its organization, for messages. */
  organization: string;
  /** `host:port` of the administration listener (not the one for clients). */
  address: string;
  /** Root certificates (PEM) that the orderer's TLS certificate is checked with. */
  tlsRootCertificates: string;
  /** TLS certificate of the administrator (PEM), from a CA that the orderer trusts for this API. */
  clientCertificate: string;
  /** Private key of that certificate (PEM). */
  clientKey: string;
  /** Name that the orderer's certificate must have. Default: the host of the address. */
  serverName?: string;
  /** Milliseconds that a request may take. Default 15 000. */
  timeoutMs?: number;
}

/** What an orderer is to a channel. `config-tracker`: it only waits to be added. `other`: Kafka or solo. */
export type ConsensusRelation = "consenter" | "follower" | "config-tracker" | "other";

/** An orderer's progress in joining a channel. `onboarding`: it still copies blocks up to the one it joined with. */
export type ParticipationStatus = "active" | "onboarding" | "inactive" | "failed";

/** An orderer's part in a channel. */
export interface ChannelInfo {
  /** Channel ID. */
  name: string;
  consensusRelation: ConsensusRelation;
  status: ParticipationStatus;
  /** Number of blocks it has. */
  height: number;
}

/** The channels of an orderer. */
export interface ChannelList {
  /** ID of the system channel, of an orderer that has one. While it has, it can join no other this way. */
  systemChannel?: string;
  /** IDs of its application channels. */
  channels: string[];
}

/** Administration of one orderer. Keeps a connection open; `close` it. Methods throw {@link FabricError}. */
export class ChannelParticipation {
  private readonly agent: Agent;
  private readonly host: string;
  private readonly port: string;

  constructor(private readonly endpoint: ParticipationEndpoint) {
    const colon = endpoint.address.lastIndexOf(":");
    this.host = endpoint.address.slice(0, colon);
    this.port = endpoint.address.slice(colon + 1);
    this.agent = new Agent({
      keepAlive: true,
      maxSockets: 2,
      ca: endpoint.tlsRootCertificates,
      cert: endpoint.clientCertificate,
      key: endpoint.clientKey,
      servername: endpoint.serverName,
      minVersion: "TLSv1.2",
    });
  }

  /** Channels that the orderer has joined. */
  async list(): Promise<ChannelList> {
    const answer = await this.call({ step: "listing the channels" }, "GET", "");
    const { systemChannel, channels } = answer as { systemChannel?: Named | null; channels?: Named[] | null };
    return {
      ...(systemChannel ? { systemChannel: systemChannel.name } : {}),
      channels: (channels ?? []).map(({ name }) => name).sort(),
    };
  }

  /** The orderer's part in a channel, or nothing if it has not joined. */
  async info(channel: string): Promise<ChannelInfo | undefined> {
    try {
      const path = `/${encodeURIComponent(channel)}`;
      return toInfo(await this.call({ step: "reading the channel's state", channel }, "GET", path));
    } catch (error) {
      if (isFabricError(error, "NOT_FOUND")) return undefined;
      throw error;
    }
  }

  /**
   * Joins a channel, or does nothing if the orderer has joined already: an orderer would refuse to join twice, so its
   * state is read first, and once more when another administrator was faster.
   *
   * @param block - a serialized configuration block: the genesis block of a new channel (the same bytes for every
   *   orderer), or the latest configuration block of one that exists; up to 1 MB by the orderer's default
   * @returns the orderer's part in the channel. It may be `onboarding`, and Raft may not have a leader for some seconds.
   */
  async join(block: Uint8Array): Promise<ChannelInfo> {
    const { channel } = parseConfigBlock(block);
    const joined = await this.info(channel);
    if (joined !== undefined) return joined;
    try {
      return toInfo(await this.call({ step: "joining the channel", channel }, "POST", "", multipart(block)));
    } catch (error) {
      const raced = isFabricError(error, "ALREADY_EXISTS", "TIMEOUT") ? await this.info(channel) : undefined;
      if (raced === undefined) throw error;
      return raced;
    }
  }

  /**
   * Leaves a channel and deletes the orderer's blocks of it; resolves when they are gone. Does nothing if the orderer has
   * not joined.
   *
   * @returns whether there was something to leave
   */
  async remove(channel: string): Promise<boolean> {
    const step = "leaving the channel";
    try {
      await this.call({ step, channel }, "DELETE", `/${encodeURIComponent(channel)}`);
    } catch (error) {
      if (isFabricError(error, "NOT_FOUND")) return false;
      // Another administrator has removed it already.
      if (!isFabricError(error, "CONFLICT")) throw error;
    }
    const deadline = Date.now() + 60_000;
    for (let pause = 20; (await this.info(channel)) !== undefined; pause = Math.min(2 * pause, 1000)) {
      if (Date.now() > deadline) {
        throw new FabricError({ ...this.where(step, channel), code: "TIMEOUT", reason: "its blocks are still there" });
      }
      await sleep(pause);
    }
    return true;
  }

  /**
   * Waits until the orderer is `active` in a channel that it has joined.
   *
   * @param timeoutMs - milliseconds to wait. Default 60 000.
   */
  async waitUntilActive(channel: string, timeoutMs = 60_000): Promise<ChannelInfo> {
    const deadline = Date.now() + timeoutMs;
    for (let pause = 50; ; pause = Math.min(2 * pause, 1000)) {
      const info = await this.info(channel);
      if (info?.status === "active") return info;
      if (info?.status === "failed" || Date.now() + pause > deadline) {
        throw new FabricError({
          ...this.where("waiting for the orderer to be active", channel),
          code: info?.status === "failed" ? "REJECTED" : "TIMEOUT",
          reason: info === undefined ? "it has not joined" : `it is ${info.status} at height ${info.height}`,
          hint: "The orderer's log says more; it copies blocks from the endpoints in the channel's configuration.",
        });
      }
      await sleep(pause);
    }
  }

  /** Closes the connection. */
  close(): void {
    this.agent.destroy();
  }

  private where(step: string, channel?: string) {
    return { step, channel, node: this.endpoint.name, organization: this.endpoint.organization };
  }

  /** One request; resolves with the parsed body of a 2xx answer. */
  private async call(
    { step, channel }: { step: string; channel?: string },
    method: string,
    path: string,
    body?: { contentType: string; bytes: Buffer },
  ): Promise<unknown> {
    const where = this.where(step, channel);
    const { status, text } = await new Promise<{ status: number; text: string }>((resolve, reject) => {
      const timeout = this.endpoint.timeoutMs ?? 15_000;
      const signal = AbortSignal.timeout(timeout);
      const call = request({
        agent: this.agent,
        host: this.host,
        port: this.port,
        method,
        path: `/participation/v1/channels${path}`,
        signal,
        headers: body && { "Content-Type": body.contentType, "Content-Length": body.bytes.length },
      });
      call.on("error", (cause) =>
        reject(participationError(where, signal.aborted ? { timedOutAfter: timeout } : { connection: cause })),
      );
      call.on("response", (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", (cause) => reject(participationError(where, { connection: cause })));
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString("utf8") }),
        );
      });
      call.end(body?.bytes);
    });
    if (status < 200 || status > 299) throw participationError(where, { status, text });
    if (status === 204) return undefined;
    try {
      return JSON.parse(text);
    } catch {
      throw participationError(where, { status, text });
    }
  }
}

interface Named {
  name: string;
}

function toInfo(answer: unknown): ChannelInfo {
  const { name, consensusRelation, status, height } = answer as ChannelInfo;
  return { name, consensusRelation, status, height };
}

/** A form with the block as its only file, as the API requires. */
function multipart(block: Uint8Array): { contentType: string; bytes: Buffer } {
  const boundary = randomBytes(16).toString("hex");
  const head =
    `--${boundary}\r\nContent-Disposition: form-data; name="config-block"; filename="config.block"\r\n` +
    "Content-Type: application/octet-stream\r\n\r\n";
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    bytes: Buffer.concat([Buffer.from(head), block, Buffer.from(`\r\n--${boundary}--\r\n`)]),
  };
}

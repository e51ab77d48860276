/**
 * Follows the configuration, the certificates that it names, and the organization's peers, so that no change of them needs a
 * restart of the application.
 */
import { setTimeout as sleep } from "node:timers/promises";

import { diag } from "@opentelemetry/api";

import { type ConfigurationSource, type Connection, readConnection } from "../configuration/configurationFile.ts";
import { discoverPeers } from "./discovery.ts";
import { Peer } from "./peer.ts";
import type { PeerPool } from "./peerPool.ts";

/** Milliseconds for a peer to say which peers there are, and for a new one to take a connection. */
const patience = 2000;

/** Looks again at what a client connects with, from time to time. */
export class Topology {
  private readonly ending = new AbortController();
  private discovered: string[] = [];

  /**
   * @param onConnection - gets what is read anew when it has changed
   */
  constructor(
    private readonly source: ConfigurationSource,
    private connection: Connection,
    private readonly pool: PeerPool,
    private readonly onConnection: (connection: Connection) => void,
  ) {}

  /** Looks now, and again and again until `stop`. A failure leaves things as they are. */
  async follow(): Promise<void> {
    const { signal } = this.ending;
    while (!signal.aborted) {
      await this.look().catch((error: Error) => diag.warn(`@baas/client: ${error.message}`));
      const { refreshInterval } = this.connection.configuration;
      await sleep(refreshInterval, undefined, { signal, ref: false }).catch(() => {});
    }
  }

  stop(): void {
    this.ending.abort();
  }

  private async look(): Promise<void> {
    let problem: unknown;
    try {
      this.read();
    } catch (error) {
      problem = error;
    }
    if (this.connection.configuration.discovery) await this.discover();
    if (problem !== undefined) throw problem;
  }

  private read(): void {
    const read = readConnection(this.source);
    if (read.version === this.connection.version) return;
    this.connection = read;
    const { peers, discovery } = read.configuration;
    this.pool.update(read, discovery && this.discovered.length > 0 ? this.discovered : peers);
    this.onConnection(read);
  }

  /**
   * The peers that the channel knows take the place of those in the configuration, which are their names elsewhere. Where nobody
   * can be asked, those of the configuration are the way back.
   */
  private async discover(): Promise<void> {
    const known = this.pool.addresses;
    const found = await this.ask();
    const reached = await Promise.all(found.map((address) => known.includes(address) || this.isReached(address)));
    const usable = found.filter((_, i) => reached[i]);
    if (this.ending.signal.aborted) return;
    this.discovered = usable;
    const next = usable.length > 0 ? usable : this.connection.configuration.peers;
    if (next.join() !== known.join()) this.pool.update(this.connection, next);
  }

  /** The first answer of a peer. */
  private async ask(): Promise<string[]> {
    const { configuration, signer } = this.connection;
    const limits = { timeout: patience, signal: this.ending.signal };
    for (const peer of this.pool.all) {
      try {
        return await discoverPeers(peer, configuration.channel, signer, limits);
      } catch (error) {
        diag.debug(`@baas/client: ${peer.address}: ${(error as Error).message}`);
      }
    }
    return [];
  }

  private async isReached(address: string): Promise<boolean> {
    const peer = new Peer(address, this.connection);
    try {
      return await peer.isReady(patience);
    } finally {
      peer.close();
    }
  }
}

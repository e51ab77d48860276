/**
 * The gateway peers of an organization: calls go to one after the other. A peer that fails several times in a row is left out
 * for a while, then tried by one call, and comes back when that succeeds.
 */
import type { Connection } from "../configuration/configurationFile.ts";
import { Peer, type PeerState } from "./peer.ts";

/** Failures in a row after which a peer is left out. */
const tolerated = 3;

/** Milliseconds that a peer is left out: at first, and at most. Each time in a row doubles it. */
const shortestEjection = 1000;
const longestEjection = 30_000;

/** What becomes of a peer, for those who watch. */
export interface PoolEvents {
  ejected?(address: string): void;
  returned?(address: string): void;
}

interface Member {
  peer: Peer;
  /** Failures since it last answered. */
  failuresInRow: number;
  ejections: number;
  /** Left out until then; milliseconds since 1970. Zero for one that is well. */
  ejectedUntil: number;
  /** Whether a call was let through to it since it was left out. */
  isTried: boolean;
}

/** The peers that a client spreads its calls over. */
export class PeerPool {
  private members: Member[] = [];
  private next = 0;

  constructor(
    private connection: Connection,
    addresses: readonly string[],
    private readonly events: PoolEvents = {},
  ) {
    this.members = addresses.map((address) => this.join(address));
  }

  /** Addresses of all peers. */
  get addresses(): string[] {
    return this.members.map(({ peer }) => peer.address);
  }

  /** How every peer is doing. */
  get states(): PeerState[] {
    return this.members.map(({ peer, isTried, ejectedUntil }) => ({
      address: peer.address,
      state: isTried ? "trying" : ejectedUntil > 0 ? "ejected" : "well",
      calls: peer.calls,
      failures: peer.failures,
      inFlight: peer.inFlight,
    }));
  }

  /**
   * The next peer in turn: one that is not left out, and best one that this call has not tried yet.
   *
   * @param tried - addresses that the call has been to
   */
  pick(tried: readonly string[] = []): Peer {
    const ring = this.members.map((_, i) => this.members[(this.next + i) % this.members.length]!);
    const now = Date.now();
    const isWell = (member: Member): boolean => member.ejectedUntil === 0;
    const isDue = (member: Member): boolean => !isWell(member) && member.ejectedUntil <= now;
    const isNew = ({ peer }: Member): boolean => !tried.includes(peer.address);
    // Where all are left out, calls still go somewhere: one of them may be well by now.
    const chosen =
      ring.find((member) => isNew(member) && (isWell(member) || isDue(member))) ??
      ring.find(isWell) ??
      ring.find(isNew) ??
      ring.find(({ peer }) => peer.address !== tried.at(-1)) ??
      ring[0]!;
    this.next = (this.members.indexOf(chosen) + 1) % this.members.length;
    if (isDue(chosen)) {
      chosen.isTried = true;
      // If this call is never made, another one tries later.
      chosen.ejectedUntil = now + timeOut(chosen);
    }
    return chosen.peer;
  }

  /** Whether a peer that is well was not tried yet. */
  isOtherWell(tried: readonly string[]): boolean {
    return this.members.some(({ peer, ejectedUntil }) => ejectedUntil === 0 && !tried.includes(peer.address));
  }

  /** All of them, those that are well first. */
  get all(): Peer[] {
    return this.members.toSorted((a, b) => a.ejectedUntil - b.ejectedUntil).map(({ peer }) => peer);
  }

  /** Any peer, for what calls none. */
  get any(): Peer {
    return this.members[0]!.peer;
  }

  /**
   * Counts a call to a peer while it lasts. `work` says by its result or error whether the peer is well.
   *
   * @param isPeerFault - nothing for an error that says nothing about the peer
   */
  async during<T>(
    peer: Peer,
    work: () => Promise<T>,
    isPeerFault: (error: unknown) => boolean | undefined,
  ): Promise<T> {
    peer.calls++;
    peer.inFlight++;
    try {
      const result = await work();
      this.report(peer, true);
      return result;
    } catch (error) {
      const isFault = isPeerFault(error);
      if (isFault !== undefined) this.report(peer, !isFault);
      throw error;
    } finally {
      peer.inFlight--;
      if (peer.inFlight === 0 && !this.members.some((member) => member.peer === peer)) peer.close();
    }
  }

  /** Takes another configuration: peers that are gone end with their last call, new ones get their share. */
  update(connection: Connection, addresses: readonly string[]): void {
    const isSameWay = wayOf(connection) === wayOf(this.connection);
    this.connection = connection;
    const kept = this.members.filter(({ peer }) => isSameWay && addresses.includes(peer.address));
    for (const { peer } of kept) peer.renew(connection);
    const gone = this.members.filter((member) => !kept.includes(member));
    this.members = addresses.map((address) => kept.find(({ peer }) => peer.address === address) ?? this.join(address));
    this.next %= this.members.length;
    for (const { peer } of gone) if (peer.inFlight === 0) peer.close();
  }

  close(): void {
    for (const { peer } of this.members) peer.close();
  }

  private join(address: string): Member {
    return {
      peer: new Peer(address, this.connection),
      failuresInRow: 0,
      ejections: 0,
      ejectedUntil: 0,
      isTried: false,
    };
  }

  /** Takes note of how a peer answers. */
  report(peer: Peer, isWell: boolean): void {
    if (!isWell) peer.failures++;
    const member = this.members.find((each) => each.peer === peer);
    if (member === undefined) return;
    if (isWell) this.welcome(member);
    else if (++member.failuresInRow >= tolerated || member.isTried) this.eject(member);
  }

  private welcome(member: Member): void {
    const wasOut = member.ejectedUntil > 0;
    Object.assign(member, { failuresInRow: 0, ejections: 0, ejectedUntil: 0, isTried: false });
    if (wasOut) this.events.returned?.(member.peer.address);
  }

  private eject(member: Member): void {
    const isNew = member.ejectedUntil === 0;
    // Calls that were under way when it was left out say nothing new.
    if (!isNew && !member.isTried) return;
    const ejectedUntil = Date.now() + timeOut(member);
    Object.assign(member, { ejections: member.ejections + 1, ejectedUntil, isTried: false });
    member.peer.reconnect();
    if (isNew) this.events.ejected?.(member.peer.address);
  }
}

/** Milliseconds that a peer is left out the next time. */
function timeOut({ ejections }: Member): number {
  return Math.min(longestEjection, shortestEjection * 2 ** ejections);
}

/** What a change of needs new connections. */
function wayOf({ configuration: { gateway }, tlsRoots, tlsIdentity }: Connection): string {
  return JSON.stringify([gateway, tlsRoots, tlsIdentity]);
}

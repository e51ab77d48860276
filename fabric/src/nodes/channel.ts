/** A gRPC channel to a node, for clients that keep one open: it finds the node again after every restart. */
import * as grpc from "@grpc/grpc-js";

/**
 * Options of every channel. A pod that restarts has another address, and its old one may vanish without a word.
 *
 * Source: gRPC, core's channel arguments, as far as grpc-js has them.
 */
const options = {
  // A node that comes back is found within seconds, also after a long time.
  "grpc.initial_reconnect_backoff_ms": 250,
  "grpc.max_reconnect_backoff_ms": 3000,
  // Ask for the address of its name again before each try. By default, the old one is kept for 30 seconds.
  "grpc.dns_min_time_between_resolutions_ms": 1000,
  // Without this, a connection that broke silently is kept until TCP gives up, after some 15 minutes: until then, every call ends
  // by its deadline. Nodes accept one ping a minute (peer.keepalive.minInterval).
  "grpc.keepalive_time_ms": 65_000,
  "grpc.keepalive_timeout_ms": 20_000,
  // Another channel to the same node makes connections of its own.
  "grpc.use_local_subchannel_pool": 1,
};

/**
 * Milliseconds after which a try to connect has failed. grpc-js has no such time: it waits for TCP, more than two minutes, where
 * nothing answers. That is so when it tries at the moment between the end of a pod and its removal from its Service.
 */
const connectTimeout = 10_000;

/**
 * Opens a channel that tries to connect anew when a try gets no answer. Calls that wait for such a try end with `UNAVAILABLE`.
 *
 * @param address - `host:port`
 * @param more - further options of the channel
 */
export function openChannel(
  address: string,
  credentials: grpc.ChannelCredentials,
  more: grpc.ChannelOptions = {},
): PersistentChannel {
  return new PersistentChannel(() => new grpc.Channel(address, credentials, { ...options, ...more }));
}

const { READY, IDLE } = grpc.connectivityState;

/** A channel whose calls go through another one, which is replaced when it does not get ready. */
export class PersistentChannel implements grpc.ChannelInterface {
  private current: grpc.Channel;
  private check: NodeJS.Timeout | undefined;

  constructor(private readonly open: () => grpc.Channel) {
    this.current = open();
  }

  createCall(
    ...call: Parameters<grpc.ChannelInterface["createCall"]>
  ): ReturnType<grpc.ChannelInterface["createCall"]> {
    const created = this.current.createCall(...call);
    if (this.current.getConnectivityState(false) !== READY)
      this.check ??= setTimeout(() => this.renew(), connectTimeout);
    return created;
  }

  getTarget(): string {
    return this.current.getTarget();
  }

  getConnectivityState(tryToConnect: boolean): grpc.connectivityState {
    return this.current.getConnectivityState(tryToConnect);
  }

  watchConnectivityState(...watch: Parameters<grpc.ChannelInterface["watchConnectivityState"]>): void {
    this.current.watchConnectivityState(...watch);
  }

  getChannelzRef(): ReturnType<grpc.ChannelInterface["getChannelzRef"]> {
    return this.current.getChannelzRef();
  }

  close(): void {
    clearTimeout(this.check);
    this.current.close();
  }

  /**
   * Makes new calls by a new connection. After a time without packets, TCP sends again only after as long a time, though all is
   * well by then. Calls under way keep the old connection.
   */
  reconnect(): void {
    const old = this.current;
    this.current = this.open();
    old.close();
  }

  private renew(): void {
    this.check = undefined;
    const state = this.current.getConnectivityState(false);
    if (state === READY || state === IDLE) return;
    this.reconnect();
  }
}

/** How gRPC clients find a node again that was restarted. */

/**
 * Options of a gRPC channel to a node, for every client that keeps one open. A pod that restarts has another address, and its old
 * one may vanish without a word.
 *
 * Source: gRPC, core's channel arguments, as far as grpc-js has them.
 */
export const channelOptions = {
  // A node that comes back is found within seconds, also after a long time.
  "grpc.initial_reconnect_backoff_ms": 250,
  "grpc.max_reconnect_backoff_ms": 3000,
  // Ask for the address of its name again before each try. By default, the old one is kept for 30 seconds.
  "grpc.dns_min_time_between_resolutions_ms": 1000,
  // Without this, a connection that broke silently is kept until TCP gives up, after some 15 minutes: until then, every call ends
  // by its deadline. Nodes accept one ping a minute (peer.keepalive.minInterval).
  "grpc.keepalive_time_ms": 65_000,
  "grpc.keepalive_timeout_ms": 20_000,
};

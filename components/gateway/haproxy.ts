/** What the configurations of all gateways have in common. Source of the keywords: HAProxy 2.6 and 3.2, Configuration Manual. */
import type { IpFamilies } from "../../model/stackFile/clusterSchema";
import type { GatewayLimits } from "../../model/stackFile/gatewaySchema";
import type { ExposureConfig } from "../../model/stackFile/schema";
import { anyAddress } from "../kubernetes/addressFamily";

/** HAProxy closes connections that are idle for this long. Fabric's nodes and clients ping each other every minute. */
const idleTimeout = "10m";

/** How long the connections of an earlier configuration may continue after a reload. */
const drainTimeout = "1h";

/** The sections that hold for all others. */
export function basics(limits: GatewayLimits): string {
  return `global
    # A connection to the API is one more inside. HAProxy wants two file descriptors for each of these.
    maxconn ${2 * limits.connections + 200}
    log stdout len 4096 format raw local0
    hard-stop-after ${drainTimeout}
    # Beside server.crt lies server.key, beside tls.crt tls.key.
    ssl-load-extra-del-ext
    ssl-load-extra-files key
    ssl-default-bind-options ssl-min-ver TLSv1.2

defaults
    mode tcp
    timeout connect 5s
    timeout client ${idleTimeout}
    timeout server ${idleTimeout}
    timeout tunnel ${idleTimeout}
    timeout http-request ${limits.headerTimeout}
    timeout http-keep-alive 1m
    default-server inter 5s fastinter 500ms downinter 500ms fall 2 rise 1

# Services keep their addresses; this finds one that was made anew.
resolvers cluster
    parse-resolv-conf
    hold valid 30s
    hold nx 1m
`;
}

/** An address that takes connections of all families. */
export function listen(ipFamilies: IpFamilies, port: number): string {
  return anyAddress(ipFamilies) === "[::]" ? `[::]:${port} v4v6` : `:${port}`;
}

/**
 * The start of the one frontend for clients: their limits, and the name of the server that they ask for in `sess.name`.
 *
 * @param address - where it listens
 */
export function edgeStart(
  { proxyProtocol }: Pick<ExposureConfig, "proxyProtocol">,
  { connections, connectionsPerClient, newConnectionsPerClient, headerTimeout }: GatewayLimits,
  address: string,
): string {
  return `frontend edge
    log global
    bind ${address}${proxyProtocol ? " accept-proxy" : ""}
    stick-table type ipv6 size 100k expire 1m store conn_cur,conn_rate(10s)
    tcp-request session track-sc0 src
    tcp-request session reject if { fe_conn gt ${connections} }
    tcp-request session reject if { sc0_conn_cur gt ${connectionsPerClient} }
    tcp-request session reject if { sc0_conn_rate gt ${newConnectionsPerClient} }
    tcp-request inspect-delay ${headerTimeout}
    tcp-request content set-var(sess.name) req.ssl_sni,bytes(0,255),lower if { req.ssl_hello_type 1 }
    # A name that goes on behind a zero byte would pass for what is before it.
    tcp-request content reject if { var(sess.name) -m reg [^-a-z0-9.] }
`;
}

const clientFields = {
  time: '"%[date,utime(%Y-%m-%dT%H:%M:%SZ)]"',
  client: '"%ci"',
  clientPort: "%cp",
};

/**
 * An access log as JSON, with one line for each connection. Values from the client are escaped, and cut so that no line
 * exceeds HAProxy's limit. Times are in milliseconds.
 */
const connectionFields = {
  ...clientFields,
  name: '"%[var(sess.name),json(utf8s)]"',
  backend: '"%b"',
  server: '"%s"',
};

export const tcpLog = json({
  ...connectionFields,
  bytesIn: "%U",
  bytesOut: "%B",
  waitedMs: "%Tw",
  connectedMs: "%Tc",
  tookMs: "%Tt",
  ended: '"%ts"',
  connections: "%fc",
});

/** The same of an HTTP request. */
export const httpLog = json({
  ...connectionFields,
  name: '"%[ssl_fc_sni,json(utf8s)]"',
  method: '"%[method,bytes(0,16),json(utf8s)]"',
  path: '"%[capture.req.uri,json(utf8s)]"',
  status: "%ST",
  bytesOut: "%B",
  tookMs: "%Ta",
  ended: '"%ts"',
});

/** For connections that end before their destination is known: in the handshake, or in the PROXY header. */
export const errorLog = json({
  ...clientFields,
  listener: '"%f"',
  error: '"%[fc_err_str,regsub(^Success$,refused),json(utf8s)]"',
});

function json(fields: Record<string, string>): string {
  const entries = Object.entries(fields).map(([name, value]) => `"${name}":${value}`);
  return `{${entries.join(",")}}`;
}

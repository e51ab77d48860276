/** HAProxy's configuration for an edge that passes TLS through to one server, by its name. */
import { passThroughHealthPort, ports } from "../../model/contracts/ports";
import type { IpFamilies } from "../../model/stackFile/clusterSchema";
import type { GatewayLimits } from "../../model/stackFile/gatewaySchema";
import type { ExposureConfig } from "../../model/stackFile/schema";
import { basics, edgeStart, errorLog, listen, tcpLog } from "./haproxy";

/** The server behind an edge. */
export interface PassedTo {
  /** Name of its Service. */
  name: string;
  /** Port of its Service. */
  port: number;
  /** Lines of the backend before that of the server. */
  directives?: string[];
  /** How HAProxy connects to it, and checks it. */
  options: string;
}

/** Arguments of {@link passThroughConfiguration}. */
export interface PassThroughConfigurationArgs {
  /** Name by which clients call; connections for others are refused. */
  host: string;
  limits: GatewayLimits;
  exposure: Pick<ExposureConfig, "proxyProtocol">;
  surroundings: { namespace: string; ipFamilies: IpFamilies };
  clusterDomain: string;
  target: PassedTo;
}

/** Its files, by name. A pod is healthy whatever the server is: no other pod reaches it either. */
export function passThroughConfiguration(args: PassThroughConfigurationArgs): Record<string, string> {
  const { host, limits, exposure, surroundings, target } = args;
  const { ipFamilies } = surroundings;
  return {
    "haproxy.cfg": [
      basics(limits),
      `${edgeStart(exposure, limits, listen(ipFamilies, ports.gateway))}    tcp-request content set-var(sess.backend) str(${target.name}) if { req.ssl_hello_type 1 } { var(sess.name) -m str ${host} }
    tcp-request content accept if { var(sess.backend) -m found }
    tcp-request content reject
    log-format '${tcpLog}'
    error-log-format '${errorLog}'
    use_backend ${target.name} if { var(sess.backend) -m found }
`,
      `frontend health
    mode http
    bind ${listen(ipFamilies, passThroughHealthPort)}
    timeout client 1m
    http-request use-service prometheus-exporter if { path /metrics }
    http-request return status 200 content-type text/plain string "OK\\n"
`,
      backend(args),
    ].join("\n"),
  };
}

function backend({ surroundings, clusterDomain, target }: PassThroughConfigurationArgs): string {
  const { name, port, directives = [], options } = target;
  // HAProxy's resolver needs fully qualified names.
  const address = `${name}.${surroundings.namespace}.svc.${clusterDomain}:${port}`;
  const lines = [...directives, `server ${name} ${address} ${options} resolvers cluster init-addr libc,none`];
  return `backend ${name}\n${lines.map((line) => `    ${line}\n`).join("")}`;
}

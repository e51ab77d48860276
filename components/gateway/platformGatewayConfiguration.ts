/** HAProxy's configuration for the edge of a platform. */
import { platformGatewayHealthPort, ports } from "../../model/contracts/ports";
import type { NodePlan } from "../../model/network/networkPlan";
import type { IpFamilies } from "../../model/stackFile/clusterSchema";
import type { PlatformGatewayConfig } from "../../model/stackFile/gatewaySchema";
import type { ExposureConfig } from "../../model/stackFile/schema";
import { basics, edgeStart, errorLog, listen, tcpLog } from "./haproxy";

/** Arguments of {@link platformGatewayConfiguration}. */
export interface PlatformGatewayConfigurationArgs {
  gateway: PlatformGatewayConfig;
  exposure: Pick<ExposureConfig, "proxyProtocol">;
  surroundings: { namespace: string; ipFamilies: IpFamilies };
  clusterDomain: string;
  grafana: NodePlan;
}

/** Its files, by name. A pod without Grafana is healthy: no other pod reaches it either. */
export function platformGatewayConfiguration(args: PlatformGatewayConfigurationArgs): Record<string, string> {
  const { gateway, exposure, surroundings, grafana } = args;
  const { ipFamilies } = surroundings;
  return {
    "haproxy.cfg": [
      basics(gateway.limits),
      `${edgeStart(exposure, gateway.limits, listen(ipFamilies, ports.gateway))}    tcp-request content set-var(sess.backend) str(${grafana.name}) if { req.ssl_hello_type 1 } { var(sess.name) -m str ${gateway.host} }
    tcp-request content accept if { var(sess.backend) -m found }
    tcp-request content reject
    log-format '${tcpLog}'
    error-log-format '${errorLog}'
    use_backend ${grafana.name} if { var(sess.backend) -m found }
`,
      `frontend health
    mode http
    bind ${listen(ipFamilies, platformGatewayHealthPort)}
    timeout client 1m
    http-request use-service prometheus-exporter if { path /metrics }
    http-request return status 200 content-type text/plain string "OK\\n"
`,
      toGrafana(args),
    ].join("\n"),
  };
}

function toGrafana({ surroundings, clusterDomain, grafana }: PlatformGatewayConfigurationArgs): string {
  // HAProxy's resolver needs fully qualified names.
  const address = `${grafana.name}.${surroundings.namespace}.svc.${clusterDomain}:${grafana.address.split(":")[1]}`;
  return `backend ${grafana.name}
    option httpchk GET /api/health
    server ${grafana.name} ${address} check check-ssl verify none check-sni ${grafana.fqdn} resolvers cluster init-addr libc,none
`;
}

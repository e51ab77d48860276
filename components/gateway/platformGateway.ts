/** The edge of a platform: HAProxy on one port, in front of Grafana. */
import * as pulumi from "@pulumi/pulumi";

import type { NodePlan } from "../../model/network/networkPlan";
import type { PlatformGatewayConfig } from "../../model/stackFile/gatewaySchema";
import type { ExposureConfig, Size } from "../../model/stackFile/schema";
import type { Surroundings } from "../kubernetes/statefulNode";
import { passThrough } from "./passThrough";
import type { PassedTo } from "./passThroughConfiguration";

/** Arguments of {@link PlatformGateway}. */
export interface PlatformGatewayArgs {
  gateway: PlatformGatewayConfig;
  exposure: ExposureConfig;
  surroundings: Surroundings;
  clusterDomain: string;
  size: Size;
  /** Reference of the image of HAProxy. */
  image: string;
  grafana: NodePlan;
}

/**
 * The edge of a platform. It has neither a certificate nor a key: it passes TLS through to Grafana, which asks people to sign in, and
 * refuses connections for any other name.
 */
export class PlatformGateway extends pulumi.ComponentResource {
  constructor(resourceName: string, args: PlatformGatewayArgs, opts?: pulumi.ComponentResourceOptions) {
    const { gateway, grafana, ...more } = args;
    const { host, port, replicas, limits } = gateway;
    super("baas:index:PlatformGateway", resourceName, { port }, opts);
    const leadsTo = { role: "grafana" as const, instance: grafana.name };
    const readers = { platformNamespace: args.surroundings.namespace };
    const edge = { ...more, host, port, replicas, limits, target: toGrafana(grafana), leadsTo, readers };
    passThrough(resourceName, edge, { parent: this });
    this.registerOutputs({});
  }
}

/** How HAProxy reaches Grafana. */
export function toGrafana({ name, address, fqdn }: NodePlan): PassedTo {
  return {
    name,
    port: Number(address.split(":")[1]),
    directives: ["option httpchk GET /api/health"],
    options: `check check-ssl verify none check-sni ${fqdn}`,
  };
}

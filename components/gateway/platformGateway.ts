/** The edge of a platform: HAProxy on one port, in front of Grafana. */
import * as k8s from "@pulumi/kubernetes";
import type { input as k8sInput } from "@pulumi/kubernetes/types";
import * as pulumi from "@pulumi/pulumi";

import { configurationDir } from "../../model/contracts/gatewayKeeper";
import { labels } from "../../model/contracts/labels";
import { gatewayName as name } from "../../model/contracts/names";
import { platformGatewayHealthPort as healthPort, ports } from "../../model/contracts/ports";
import type { NodePlan } from "../../model/network/networkPlan";
import type { PlatformGatewayConfig } from "../../model/stackFile/gatewaySchema";
import type { ExposureConfig, Size } from "../../model/stackFile/schema";
import { disruptionBudget } from "../kubernetes/disruptionBudget";
import { allowFromMonitoring } from "../kubernetes/metricsReaders";
import { allowTo, pods } from "../kubernetes/networkAccess";
import { networkPolicy } from "../kubernetes/networkPolicy";
import { containerDefaults } from "../kubernetes/podSecurity";
import { configurationAnnotations, podTemplate, workloadMetadata } from "../kubernetes/podTemplate";
import { serverProbes } from "../kubernetes/probes";
import { serviceAccount } from "../kubernetes/serviceAccount";
import { resourcesOf } from "../kubernetes/sizes";
import type { Surroundings } from "../kubernetes/statefulNode";
import { exposedService, fromAnywhere, tlsRoute } from "./exposure";
import { platformGatewayConfiguration } from "./platformGatewayConfiguration";

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
    const { gateway, exposure, surroundings, grafana } = args;
    super("baas:index:PlatformGateway", resourceName, { port: gateway.port }, opts);
    const child = { parent: this };
    const { namespace, ipFamilies, pods: settings } = surroundings;
    const own = labels({ role: "gateway", instance: name });
    const metadata = { name, namespace, labels: own };
    const data = platformGatewayConfiguration(args);
    const account = serviceAccount(resourceName, metadata, child);
    const configMap = new k8s.core.v1.ConfigMap(resourceName, { metadata, data }, child);
    exposedService(resourceName, metadata, { exposure, port: gateway.port, ipFamilies }, child);
    const route = { exposure, port: gateway.port, hostnames: [gateway.host] };
    tlsRoute(`${resourceName}-route`, metadata, route, child);
    const toGrafana = allowTo(pods({ role: "grafana", instance: grafana.name }), portOf(grafana));
    const metrics = allowFromMonitoring({ platformNamespace: namespace }, healthPort);
    const policy = networkPolicy(
      resourceName,
      metadata,
      { ingress: [...fromAnywhere, ...metrics], egress: [toGrafana] },
      child,
    );
    disruptionBudget(resourceName, metadata, gateway.replicas, child);
    new k8s.apps.v1.Deployment(
      resourceName,
      {
        metadata: workloadMetadata(metadata, settings, "gateway"),
        spec: {
          replicas: gateway.replicas,
          selector: { matchLabels: own },
          strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
          template: podTemplate({
            pods: settings,
            role: "gateway",
            account: name,
            labels: own,
            annotations: configurationAnnotations(data),
            spreadOver: own,
            canMove: true,
            spec: {
              terminationGracePeriodSeconds: 40,
              containers: [container(args)],
              volumes: [{ name: configuration.name, configMap: { name } }],
            },
          }),
        },
      },
      { ...child, dependsOn: [account, configMap, policy] },
    );
    this.registerOutputs({});
  }
}

const portOf = ({ address }: NodePlan): number => Number(address.split(":")[1]);

const configuration = { name: "configuration", mountPath: configurationDir, readOnly: true };

function container({ image, size }: PlatformGatewayArgs): k8sInput.core.v1.Container {
  // It has no certificate to answer with.
  const answer = { tcpSocket: { port: healthPort } };
  return {
    name: "haproxy",
    image,
    command: ["haproxy", "-W", "-db", "-f", `${configurationDir}/haproxy.cfg`],
    ports: [
      { name: "tls", containerPort: ports.gateway },
      { name: "health", containerPort: healthPort },
    ],
    volumeMounts: [configuration],
    // The nodes of the cluster need a moment to send new connections to other pods. Open connections continue meanwhile.
    lifecycle: { preStop: { exec: { command: ["sleep", "5"] } } },
    ...serverProbes({ healthy: answer, alive: answer, startSeconds: 60 }),
    resources: resourcesOf(size, "gateway"),
    ...containerDefaults,
  };
}

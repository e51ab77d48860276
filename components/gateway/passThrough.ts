/** An edge that passes TLS through: HAProxy on one port, in front of one server of the same namespace. */
import * as k8s from "@pulumi/kubernetes";
import type { input as k8sInput } from "@pulumi/kubernetes/types";
import * as pulumi from "@pulumi/pulumi";

import { configurationDir } from "../../model/contracts/gatewayKeeper";
import { labels, type Role } from "../../model/contracts/labels";
import { gatewayName as name } from "../../model/contracts/names";
import { passThroughHealthPort as healthPort, ports } from "../../model/contracts/ports";
import type { ExposureConfig, Size } from "../../model/stackFile/schema";
import { disruptionBudget } from "../kubernetes/disruptionBudget";
import { allowFromMonitoring, type MetricsReaders } from "../kubernetes/metricsReaders";
import { allowTo, pods } from "../kubernetes/networkAccess";
import { networkPolicy } from "../kubernetes/networkPolicy";
import { containerDefaults } from "../kubernetes/podSecurity";
import { configurationAnnotations, podTemplate, workloadMetadata } from "../kubernetes/podTemplate";
import { serverProbes } from "../kubernetes/probes";
import { serviceAccount } from "../kubernetes/serviceAccount";
import { resourcesOf } from "../kubernetes/sizes";
import type { Surroundings } from "../kubernetes/statefulNode";
import { exposedService, fromAnywhere, tlsRoute } from "./exposure";
import { passThroughConfiguration, type PassThroughConfigurationArgs } from "./passThroughConfiguration";

/** Arguments of {@link passThrough}. */
export interface PassThroughArgs extends PassThroughConfigurationArgs {
  /** Its port outside the cluster. */
  port: number;
  replicas: number;
  exposure: ExposureConfig;
  surroundings: Surroundings;
  size: Size;
  /** Reference of the image of HAProxy. */
  image: string;
  /** Pods of the server behind it. */
  leadsTo: { role: Role; instance: string };
  /** Who may read its metrics. */
  readers: MetricsReaders;
  /** What the pods need beside their own objects. */
  needs?: pulumi.Resource[];
}

/**
 * Creates the objects of an edge. It has neither a certificate nor a key, and cannot read what it passes on.
 *
 * @param resourceName - name of the Pulumi resources
 * @param opts - options of every object; `parent` is the edge's component
 */
export function passThrough(
  resourceName: string,
  args: PassThroughArgs,
  opts: pulumi.CustomResourceOptions & { parent: pulumi.Resource },
): void {
  const { host, port, replicas, exposure, surroundings, target, leadsTo, readers, needs = [] } = args;
  const { namespace, ipFamilies, pods: settings, name: network } = surroundings;
  const own = labels({ network, role: "gateway", instance: name });
  const metadata = { name, namespace, labels: own };
  const data = passThroughConfiguration(args);
  const account = serviceAccount(resourceName, metadata, opts);
  const configMap = new k8s.core.v1.ConfigMap(resourceName, { metadata, data }, opts);
  exposedService(resourceName, metadata, { exposure, port, ipFamilies }, opts);
  tlsRoute(`${resourceName}-route`, metadata, { exposure, port, hostnames: [host] }, opts);
  const egress = [allowTo(pods({ network, ...leadsTo }), target.port)];
  const ingress = [...fromAnywhere, ...allowFromMonitoring(readers, healthPort)];
  const policy = networkPolicy(resourceName, metadata, { ingress, egress }, opts);
  disruptionBudget(resourceName, metadata, replicas, opts);
  new k8s.apps.v1.Deployment(
    resourceName,
    {
      metadata: workloadMetadata(metadata, settings, "gateway"),
      spec: {
        replicas,
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
    { ...opts, dependsOn: [account, configMap, policy, ...needs] },
  );
}

const configuration = { name: "configuration", mountPath: configurationDir, readOnly: true };

function container({ image, size }: PassThroughArgs): k8sInput.core.v1.Container {
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

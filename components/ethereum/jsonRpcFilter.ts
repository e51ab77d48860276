/** The filter of JSON-RPC: its pods, its settings, and what they may reach. */
import * as k8s from "@pulumi/kubernetes";
import type { input as k8sInput } from "@pulumi/kubernetes/types";
import * as pulumi from "@pulumi/pulumi";

import { ethereumPorts } from "../../model/contracts/ethereum";
import {
  jsonRpcCertificateDir,
  jsonRpcConfigurationDir,
  jsonRpcName as filterName,
  jsonRpcPorts,
  jsonRpcSettingsFile,
  jsonRpcSettingsVariable,
} from "../../model/contracts/jsonRpc";
import { labels } from "../../model/contracts/labels";
import { loadedByAnnotation } from "../../model/contracts/loadedFiles";
import { serviceAddress } from "../../model/contracts/names";
import type { EthereumGatewayPlan } from "../../model/ethereum/ethereumGatewayPlan";
import type { EthereumPlan } from "../../model/ethereum/ethereumPlan";
import { anyAddress, serviceFamilies } from "../kubernetes/addressFamily";
import { disruptionBudget } from "../kubernetes/disruptionBudget";
import { allowFromMonitoring, type MetricsReaders } from "../kubernetes/metricsReaders";
import { allowFrom, allowTo, pods } from "../kubernetes/networkAccess";
import { type AllowedTraffic, networkPolicy } from "../kubernetes/networkPolicy";
import { containerDefaults } from "../kubernetes/podSecurity";
import { configurationAnnotations, podTemplate, workloadMetadata } from "../kubernetes/podTemplate";
import { serverProbes } from "../kubernetes/probes";
import { type ImageSettings, ProjectImage } from "../kubernetes/projectImage";
import { skipAwaitOfPods } from "../kubernetes/pulumiAnnotations";
import { service, tcpPort } from "../kubernetes/service";
import { serviceAccount } from "../kubernetes/serviceAccount";
import { resourcesOf } from "../kubernetes/sizes";
import { tmpMount, tmpVolume } from "../kubernetes/volumes";

/** Arguments of {@link jsonRpcFilter}. */
export interface JsonRpcFilterArgs extends MetricsReaders {
  plan: EthereumPlan;
  gateway: EthereumGatewayPlan;
  images: ImageSettings;
  /** The namespace first, then what its pods need to serve. */
  needs: pulumi.Resource[];
}

/**
 * Creates the filter's objects.
 *
 * @param name - name of the Pulumi resources
 */
export function jsonRpcFilter(
  name: string,
  args: JsonRpcFilterArgs,
  child: { parent: pulumi.Resource },
): k8s.apps.v1.Deployment {
  const { plan, gateway, images, needs } = args;
  const image = new ProjectImage(name, { source: "services/rpc", context: ".", images }, child);
  const within = { ...child, dependsOn: needs.slice(0, 1) };
  const own = labels({ network: plan.name, role: "json-rpc", instance: filterName });
  const metadata = { name: filterName, namespace: plan.namespace, labels: own };
  const account = serviceAccount(name, metadata, within);
  const fixed = fixedSettings(plan, gateway);
  const settings = { ...fixed, ...followedSettings(gateway) };
  const data = { [jsonRpcSettingsFile]: `${JSON.stringify(settings, undefined, 2)}\n` };
  const loaded = { ...metadata, annotations: { [loadedByAnnotation]: filterName } };
  const configMap = new k8s.core.v1.ConfigMap(name, { metadata: loaded, data }, within);
  const ports = [tcpPort("https", jsonRpcPorts.rpc)];
  service(name, metadata, { type: "ClusterIP", ports, ...serviceFamilies(plan.ipFamilies) }, within);
  const policy = networkPolicy(name, metadata, allowedTraffic(args), within);
  disruptionBudget(name, metadata, gateway.replicas, within);
  return new k8s.apps.v1.Deployment(
    name,
    {
      metadata: workloadMetadata({ ...metadata, annotations: skipAwaitOfPods }, plan.pods, "jsonRpc"),
      spec: {
        replicas: gateway.replicas,
        selector: { matchLabels: own },
        strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
        template: podTemplate({
          pods: plan.pods,
          role: "jsonRpc",
          account: filterName,
          labels: own,
          annotations: configurationAnnotations({ fixed: JSON.stringify(fixed) }),
          spreadOver: own,
          canMove: true,
          spec: podSpec(args, image.reference),
        }),
      },
    },
    { ...child, dependsOn: [account, configMap, policy, image.image] },
  );
}

/** The settings of services/rpc that it reads at its start: a change restarts the pods. */
function fixedSettings(plan: EthereumPlan, { host, certificateSecret }: EthereumGatewayPlan) {
  const file = (name: string): string => `${jsonRpcCertificateDir}/${name}`;
  return {
    host: anyAddress(plan.ipFamilies).replace(/[[\]]/g, ""),
    ...{ port: jsonRpcPorts.rpc, metricsPort: jsonRpcPorts.metrics, healthPort: jsonRpcPorts.health },
    proxyProtocol: true,
    tls: {
      host,
      ...(certificateSecret !== undefined && {
        files: { certificate: file("tls.crt"), privateKey: file("tls.key") },
      }),
    },
    nodes: plan.rpcNodes.map(({ name, address: rpc }) => ({
      ...{ name, rpc },
      webSocket: serviceAddress(name, plan.namespace, ethereumPorts.webSocket),
    })),
  };
}

/** Those that running pods follow. */
function followedSettings({ tokens, origins, methods, calls }: EthereumGatewayPlan) {
  const { perSecond: callsPerSecond, ...limits } = calls;
  return { methods, limits: { ...limits, callsPerSecond }, ...(tokens && { tokens }), origins };
}

/** From the gateway, and from who reads metrics; to the RPC nodes. */
function allowedTraffic({ plan, ...readers }: JsonRpcFilterArgs): AllowedTraffic {
  const network = plan.name;
  return {
    ingress: [
      allowFrom(pods({ network, role: "gateway" }), jsonRpcPorts.rpc),
      ...allowFromMonitoring(readers, jsonRpcPorts.metrics),
    ],
    egress: [allowTo(pods({ network, role: "rpc-node" }), ethereumPorts.rpc, ethereumPorts.webSocket)],
  };
}

const configuration = { name: "configuration", mountPath: jsonRpcConfigurationDir, readOnly: true };
const certificate = { name: "certificate", mountPath: jsonRpcCertificateDir, readOnly: true };

function podSpec({ plan, gateway }: JsonRpcFilterArgs, image: string): k8sInput.core.v1.PodSpec {
  const { certificateSecret: secretName } = gateway;
  const health = { httpGet: { path: "/healthz", port: jsonRpcPorts.health } };
  return {
    terminationGracePeriodSeconds: 40,
    containers: [
      {
        name: filterName,
        image,
        env: [{ name: jsonRpcSettingsVariable, value: `${jsonRpcConfigurationDir}/${jsonRpcSettingsFile}` }],
        ports: Object.entries(jsonRpcPorts).map(([name, containerPort]) => ({ name, containerPort })),
        volumeMounts: [tmpMount, configuration, ...(secretName === undefined ? [] : [certificate])],
        // The nodes of the cluster need a moment to send new connections to other pods.
        lifecycle: { preStop: { exec: { command: ["sleep", "5"] } } },
        ...serverProbes({ healthy: health, alive: health, startSeconds: 60 }),
        resources: resourcesOf(plan.size, "jsonRpc"),
        ...containerDefaults,
      },
    ],
    volumes: [
      tmpVolume,
      { name: configuration.name, configMap: { name: filterName } },
      ...(secretName === undefined ? [] : [{ name: certificate.name, secret: { secretName, defaultMode: 0o440 } }]),
    ],
  };
}

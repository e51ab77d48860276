/** The edge of a network: HAProxy's pods, the container that keeps their files up to date, and how they are exposed. */
import * as k8s from "@pulumi/kubernetes";
import type { input as k8sInput } from "@pulumi/kubernetes/types";
import * as pulumi from "@pulumi/pulumi";

import { rootKeys } from "../../model/contracts/certificateAuthority";
import { configurationDir, keeperVariables, masterSocket, socketDir } from "../../model/contracts/gatewayKeeper";
import { labels } from "../../model/contracts/labels";
import { loadedByAnnotation } from "../../model/contracts/loadedFiles";
import { rootsConfigMapName } from "../../model/contracts/names";
import { ports } from "../../model/contracts/ports";
import {
  type GatewayPlan,
  mostReplicas,
  type NetworkPlan,
  type NodePlan,
  type OrganizationPlan,
  passesThrough,
} from "../../model/network/networkPlan";
import {
  allowToEnrol,
  cryptoMount,
  cryptoVolume,
  type EnrolArgs,
  enrolContainer,
  enrolEnvironment,
  enrolMounts,
  enrolVolumes,
  identity,
} from "../enrolment/enrolment";
import { autoscaler, ownedByAutoscaler } from "../kubernetes/autoscaling";
import { disruptionBudget } from "../kubernetes/disruptionBudget";
import { allowFromMonitoring, operationsRootSource } from "../kubernetes/metricsReaders";
import { allowTo, pods } from "../kubernetes/networkAccess";
import type { NetworkContext } from "../kubernetes/networkContext";
import { networkPolicy } from "../kubernetes/networkPolicy";
import { containerDefaults } from "../kubernetes/podSecurity";
import { podTemplate, workloadMetadata } from "../kubernetes/podTemplate";
import { operationsAlive, operationsHealth, serverProbes } from "../kubernetes/probes";
import { upstreamImage } from "../kubernetes/projectImage";
import { serviceAccount } from "../kubernetes/serviceAccount";
import { resourcesOf } from "../kubernetes/sizes";
import { memoryVolume } from "../kubernetes/volumes";
import { callersDir, callerSources } from "./callerAuthorities";
import { exposedService, fromAnywhere, tlsRoute } from "./exposure";
import { certificateDir, gatewayConfiguration, readersDir, watchedNodes } from "./gatewayConfiguration";

/** Arguments of {@link Gateway}. */
export interface GatewayArgs extends NetworkContext {
  gateway: GatewayPlan;
  /** What its pods need to become available. */
  needs: pulumi.Resource[];
}

/**
 * The edge of a network: HAProxy on one port. It routes each connection by the server name of its TLS handshake (SNI): to the
 * API, or with TLS passed through to a node. No other part of the network has a port outside the cluster.
 */
export class Gateway extends pulumi.ComponentResource {
  constructor(name: string, args: GatewayArgs, opts?: pulumi.ComponentResourceOptions) {
    const { plan, gateway } = args;
    const { organization } = gateway;
    super("baas:index:Gateway", name, { port: gateway.port }, opts);
    const child = { parent: this };
    const identification = { network: plan.name, role: "gateway" as const, instance: gateway.name };
    const own = labels(identification);
    // Lets it reach its organization's CA. Not in the selectors, because the stack file may change the organization.
    const podLabels = labels({ ...identification, organization: organization.name });
    const metadata = { name: gateway.name, namespace: plan.namespace, labels: own };

    const enrolled = { plan, organization, name: gateway.identity, enrolmentId: gateway.name, type: "client" as const };
    const client = identity(`${name}-identity`, enrolled, child);
    const account = serviceAccount(name, metadata, child);
    // The pods load a change without a restart; see the container "keeper".
    const loaded = { ...metadata, annotations: { [loadedByAnnotation]: keeperName } };
    const data = gatewayConfiguration(plan, gateway);
    const configMap = new k8s.core.v1.ConfigMap(name, { metadata: loaded, data }, child);
    exposedService(name, metadata, { ...gateway, ipFamilies: plan.ipFamilies }, child);
    // Wildcards for external and internal names, because a route has at most 16 names. HAProxy refuses unknown names.
    const hostnames = [`*.${plan.domain}`, `*.${plan.namespace}.svc`];
    tlsRoute(`${name}-route`, metadata, { ...gateway, hostnames }, child);
    const ingress = [...fromAnywhere, ...allowFromMonitoring(args)];
    const traffic = { ingress, egress: egressRules(plan, gateway) };
    const policy = networkPolicy(name, metadata, traffic, child);
    disruptionBudget(name, metadata, mostReplicas(gateway), child);
    autoscaler(name, metadata, "Deployment", gateway, child);
    new k8s.apps.v1.Deployment(
      name,
      {
        metadata: workloadMetadata(metadata, plan.pods, "gateway"),
        spec: {
          replicas: gateway.replicas,
          selector: { matchLabels: own },
          strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
          template: podTemplate({
            pods: plan.pods,
            role: "gateway",
            account: gateway.name,
            labels: podLabels,
            spreadOver: own,
            canMove: true,
            spec: podSpec(args),
          }),
        },
      },
      {
        ...child,
        dependsOn: [client, account, configMap, policy, ...args.needs],
        ignoreChanges: ownedByAutoscaler(gateway.autoscaling),
      },
    );
    this.registerOutputs({});
  }
}

/** To the nodes that it passes through to, to the health ports of nodes, and to the CA that it enrols with. */
function egressRules(plan: NetworkPlan, gateway: GatewayPlan): k8sInput.networking.v1.NetworkPolicyEgressRule[] {
  const toNode = (node: NodePlan, healthPort: number) => {
    const passed = passesThrough(gateway, node) ? [Number(node.address.split(":")[1])] : [];
    const others = gateway.routes.flatMap(({ nodes, port }) =>
      port !== undefined && nodes.includes(node) ? [port] : [],
    );
    return allowTo(pods({ network: plan.name, instance: node.name }), ...new Set([...passed, ...others, healthPort]));
  };
  return [
    allowToEnrol(plan, gateway.organization),
    ...watchedNodes(plan, gateway).map(({ node, healthPort }) => toNode(node, healthPort)),
    ...(plan.api === undefined ? [] : [allowTo(pods({ network: plan.name, role: "api" }), ports.api)]),
    ...(plan.studio === undefined
      ? []
      : [allowTo(pods({ network: plan.name, role: "studio-gate" }), ports.studioGate)]),
  ];
}

const keeperName = "keeper";
const sockets = { name: "sockets", mountPath: socketDir };
const configuration = { name: "configuration", mountPath: configurationDir, readOnly: true };
const certificate = { name: "certificate", mountPath: certificateDir, readOnly: true };
const callers = { name: "callers", mountPath: callersDir, readOnly: true };
const readers = { name: "readers", mountPath: readersDir, readOnly: true };

function podSpec(args: GatewayArgs): k8sInput.core.v1.PodSpec {
  const { plan, gateway } = args;
  const { organization, identity, hosts, certificateSecret } = gateway;
  const enrolment = { ...args, organization, identity, hosts, volume: cryptoMount, tlsOnly: true };
  return {
    terminationGracePeriodSeconds: 40,
    initContainers: [enrolContainer(enrolment)],
    containers: [haproxyContainer(args), keeperContainer(args, enrolment)],
    volumes: [
      cryptoVolume,
      memoryVolume(sockets.name),
      { name: configuration.name, configMap: { name: gateway.name } },
      { name: readers.name, projected: { sources: readersOf(organization) } },
      ...(plan.api?.certificates === undefined
        ? []
        : [{ name: callers.name, projected: { sources: callerSources(plan.api, gateway.name) } }]),
      ...(certificateSecret === undefined
        ? []
        : [{ name: certificate.name, secret: { secretName: certificateSecret, defaultMode: 0o440 } }]),
      ...enrolVolumes(enrolment),
    ],
  };
}

/** Who may read metrics: whoever has a certificate of its organization's TLS CA, or of the platform's CA for that. */
function readersOf({ certificateAuthority }: OrganizationPlan): k8sInput.core.v1.VolumeProjection[] {
  const own = {
    name: rootsConfigMapName(certificateAuthority.name),
    items: [{ key: rootKeys.tls, path: rootKeys.tls }],
  };
  return [{ configMap: own }, { configMap: operationsRootSource }];
}

/** Mounts of the files that HAProxy reads, without those of the enrolment. */
function fileMounts({ certificateSecret }: GatewayPlan, { api }: NetworkPlan) {
  return [
    configuration,
    ...(certificateSecret === undefined ? [] : [certificate]),
    ...(api?.certificates === undefined ? [] : [callers]),
  ];
}

function haproxyContainer({ plan, gateway, images }: GatewayArgs): k8sInput.core.v1.Container {
  return {
    name: "haproxy",
    image: upstreamImage(images, "haproxy", plan.fabricVersion),
    command: ["haproxy", "-W", "-db", "-S", masterSocket, "-f", `${configurationDir}/haproxy.cfg`],
    ports: [
      { name: "tls", containerPort: ports.gateway },
      { name: "operations", containerPort: ports.operations },
    ],
    volumeMounts: [{ ...cryptoMount, readOnly: true }, sockets, readers, ...fileMounts(gateway, plan)],
    // The nodes of the cluster need a moment to send new connections to other pods. Open connections continue meanwhile.
    lifecycle: { preStop: { exec: { command: ["sleep", "5"] } } },
    ...serverProbes({ healthy: operationsHealth, alive: operationsAlive, startSeconds: 60 }),
    resources: resourcesOf(plan.size, "gateway"),
    ...containerDefaults,
  };
}

/** Renews the certificate, and makes HAProxy reload changed files. */
function keeperContainer({ plan, gateway, enrolImage }: GatewayArgs, enrolment: EnrolArgs): k8sInput.core.v1.Container {
  const files = fileMounts(gateway, plan);
  return {
    name: keeperName,
    image: enrolImage,
    args: ["gateway"],
    env: [
      ...enrolEnvironment(enrolment),
      { name: keeperVariables.masterSocket, value: masterSocket },
      { name: keeperVariables.files, value: files.map(({ mountPath }) => mountPath).join(",") },
    ],
    volumeMounts: [...enrolMounts(enrolment), sockets, ...files],
    resources: resourcesOf(plan.size, "gatewayKeeper"),
    ...containerDefaults,
  };
}

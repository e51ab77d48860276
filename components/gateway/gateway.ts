import * as k8s from "@pulumi/kubernetes";
import type { input as k8sInput } from "@pulumi/kubernetes/types";
import * as pulumi from "@pulumi/pulumi";

import { passesThrough, ports, type GatewayPlan, type NetworkPlan } from "../../model/network/plan";
import { versions } from "../../model/project/versions";
import { disruptionBudget } from "../kubernetes/disruptionBudget";
import { cryptoDir, enrolContainer, enrolEnvironment, enrolMounts, enrolVolumes, identity } from "../fabric/enrolment";
import {
  certificateDir,
  configurationDir,
  gatewayConfiguration,
  masterSocket,
  socketDir,
  watchedNodes,
} from "./gatewayConfiguration";
import { labels } from "../../model/contracts/labels";
import { allowTo, pods } from "../kubernetes/networkAccess";
import { containerDefaults, podSecurityContext } from "../kubernetes/podSecurity";
import { upstreamImage, type ImageSettings } from "../kubernetes/projectImage";
import { resourcesOf } from "../kubernetes/sizes";
import { spread } from "../fabric/statefulNode";

/** Arguments of {@link Gateway}. */
export interface GatewayArgs {
  plan: NetworkPlan;
  gateway: GatewayPlan;
  images: ImageSettings;
  /** Reference of the enrol image. */
  enrolImage: string;
}

/**
 * The edge of a network: HAProxy on one port, which tells by the name that a TLS client asks for (SNI) where it goes: to the
 * API, or with TLS passed through to a node. Nothing else of the network has a port outside the cluster.
 */
export class Gateway extends pulumi.ComponentResource {
  constructor(name: string, args: GatewayArgs, opts?: pulumi.ComponentResourceOptions) {
    const { plan, gateway } = args;
    super("baas:index:Gateway", name, { port: gateway.port }, opts);
    const child = { parent: this };
    const identification = { network: plan.name, role: "gateway" as const, instance: gateway.name };
    const own = labels(identification);
    // Lets it reach its organization's CA. Not in the selectors, as another organization may take it over.
    const podLabels = labels({ ...identification, organization: gateway.organization.name });
    const metadata = { name: gateway.name, namespace: plan.namespace, labels: own };

    identity(
      `${name}-identity`,
      plan,
      gateway.organization.name,
      gateway.identity,
      {
        certificateAuthority: gateway.organization.certificateAuthority.name,
        enrolmentId: gateway.name,
        type: "client",
      },
      child,
    );
    const serviceAccount = new k8s.core.v1.ServiceAccount(
      name,
      { metadata, automountServiceAccountToken: false },
      child,
    );
    // A change is loaded by the pods as they are; see the container "keeper".
    const configuration = new k8s.core.v1.ConfigMap(
      name,
      { metadata, data: gatewayConfiguration(plan, gateway) },
      child,
    );
    exposedService(name, metadata, plan, gateway, child);
    new k8s.networking.v1.NetworkPolicy(
      name,
      {
        metadata,
        spec: {
          podSelector: { matchLabels: own },
          policyTypes: ["Ingress", "Egress"],
          // From anywhere: this is the way in.
          ingress: [{ ports: [{ protocol: "TCP", port: ports.gateway }] }],
          egress: egressRules(plan, gateway),
        },
      },
      child,
    );
    disruptionBudget(name, metadata, gateway.replicas, child);
    new k8s.apps.v1.Deployment(
      name,
      {
        metadata,
        spec: {
          replicas: gateway.replicas,
          selector: { matchLabels: own },
          strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
          template: { metadata: { labels: podLabels }, spec: podSpec(args, own) },
        },
      },
      { ...child, dependsOn: [serviceAccount, configuration] },
    );
    this.registerOutputs({});
  }
}

interface Metadata {
  name: string;
  namespace: string;
  labels: Record<string, string>;
}

/** The Service in front of the pods, and what brings it out of the cluster. */
function exposedService(
  name: string,
  metadata: Metadata,
  plan: NetworkPlan,
  gateway: GatewayPlan,
  opts: pulumi.CustomResourceOptions,
): void {
  const { exposure, port } = gateway;
  const isNodePort = exposure.type === "NodePort";
  const isLoadBalancer = exposure.type === "LoadBalancer";
  new k8s.core.v1.Service(
    name,
    {
      metadata: { ...metadata, annotations: { "pulumi.com/skipAwait": "true", ...exposure.annotations } },
      spec: {
        type: isNodePort || isLoadBalancer ? exposure.type : "ClusterIP",
        selector: metadata.labels,
        ports: [
          { name: "tls", port, targetPort: ports.gateway, protocol: "TCP", ...(isNodePort && { nodePort: port }) },
        ],
        // Keeps the clients' addresses, which limits and the access log go by.
        ...((isNodePort || isLoadBalancer) && { externalTrafficPolicy: "Local" }),
        ...(isLoadBalancer && exposure.loadBalancerClass && { loadBalancerClass: exposure.loadBalancerClass }),
      },
    },
    opts,
  );
  if (exposure.gateway === undefined) return;
  const { sectionName, ...parent } = exposure.gateway;
  new k8s.apiextensions.CustomResource(
    `${name}-route`,
    {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "TLSRoute",
      metadata,
      spec: {
        parentRefs: [{ ...parent, port, ...(sectionName !== undefined && { sectionName }) }],
        // Both of its kinds of names, as a route takes 16 at most; the pods refuse what is none of them.
        hostnames: [`*.${plan.domain}`, `*.${plan.namespace}.svc`],
        rules: [{ backendRefs: [{ name: metadata.name, port }] }],
      },
    },
    opts,
  );
}

/** To the nodes that it passes through to, to where nodes tell their health, and to the CA that it enrols with. */
function egressRules(plan: NetworkPlan, gateway: GatewayPlan): k8sInput.networking.v1.NetworkPolicyEgressRule[] {
  const targets = watchedNodes(plan, gateway).map(({ node, healthPort }) => ({
    instance: node.name,
    ports: [...new Set([...(passesThrough(gateway, node) ? [Number(node.address.split(":")[1])] : []), healthPort])],
  }));
  const { name, certificateAuthority } = gateway.organization;
  return [
    allowTo(
      pods({ network: plan.name, organization: name, role: "certificate-authority" }),
      Number(certificateAuthority.address.split(":")[1]),
    ),
    ...targets.map(({ instance, ports }) => allowTo(pods({ network: plan.name, instance }), ...ports)),
  ];
}

function podSpec({ plan, gateway, images, enrolImage }: GatewayArgs, own: Record<string, string>) {
  const certificateAuthority = gateway.organization.certificateAuthority;
  const crypto = { name: "crypto", mountPath: cryptoDir };
  const sockets = { name: "sockets", mountPath: socketDir };
  const configuration = { name: "configuration", mountPath: configurationDir, readOnly: true };
  const certificate = { name: "certificate", mountPath: certificateDir, readOnly: true };
  const { certificateSecret } = gateway;
  const files = [configuration, ...(certificateSecret === undefined ? [] : [certificate])];
  const enrol = {
    plan,
    identity: gateway.identity,
    certificateAuthority,
    hosts: gateway.hosts,
    image: enrolImage,
    volume: crypto,
    tlsOnly: true,
  };
  const healthy = { httpGet: { path: "/healthz", port: ports.operations, scheme: "HTTPS" } };
  return {
    serviceAccountName: gateway.name,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: 40,
    securityContext: podSecurityContext,
    topologySpreadConstraints: [spread(own)],
    initContainers: [enrolContainer(enrol)],
    containers: [
      {
        name: "haproxy",
        image: upstreamImage(images, versions.images.haproxy),
        command: ["haproxy", "-W", "-db", "-S", masterSocket, "-f", `${configurationDir}/haproxy.cfg`],
        ports: [
          { name: "tls", containerPort: ports.gateway },
          { name: "operations", containerPort: ports.operations },
        ],
        volumeMounts: [{ ...crypto, readOnly: true }, sockets, ...files],
        // The nodes of the cluster need a moment to send new connections elsewhere; those that are open go on until the end.
        lifecycle: { preStop: { exec: { command: ["sleep", "5"] } } },
        startupProbe: { ...healthy, periodSeconds: 1, failureThreshold: 60 },
        readinessProbe: { ...healthy, periodSeconds: 5, timeoutSeconds: 5 },
        livenessProbe: { ...healthy, periodSeconds: 20, timeoutSeconds: 5, failureThreshold: 6 },
        resources: resourcesOf(plan.size, "gateway"),
        ...containerDefaults,
      },
      {
        // Renews the certificate, and has HAProxy load what has changed.
        name: "keeper",
        image: enrolImage,
        args: ["gateway"],
        env: [
          ...enrolEnvironment(enrol),
          { name: "GATEWAY_MASTER_SOCKET", value: masterSocket },
          { name: "GATEWAY_FILES", value: files.map(({ mountPath }) => mountPath).join(",") },
        ],
        volumeMounts: [...enrolMounts(enrol), sockets, ...files],
        resources: resourcesOf(plan.size, "gatewayKeeper"),
        ...containerDefaults,
      },
    ],
    volumes: [
      // The key is made anew with each pod and never reaches a disk.
      { name: crypto.name, emptyDir: { medium: "Memory", sizeLimit: "1Mi" } },
      { name: sockets.name, emptyDir: { medium: "Memory", sizeLimit: "1Mi" } },
      { name: configuration.name, configMap: { name: gateway.name } },
      ...(certificateSecret === undefined
        ? []
        : [{ name: certificate.name, secret: { secretName: certificateSecret, defaultMode: 0o440 } }]),
      ...enrolVolumes({ identity: gateway.identity, certificateAuthority }),
    ],
  } satisfies k8sInput.core.v1.PodSpec;
}

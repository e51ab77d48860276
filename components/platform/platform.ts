import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { ports } from "../../model/network/plan";
import type { PlatformConfig, Size } from "../../model/stackFile/schema";
import type { Cluster } from "../kubernetes/cluster";
import { definitionName, definitionSpec, group } from "../../model/customResources/definition";
import { definitions } from "../../model/customResources";
import { defaultDeny } from "../kubernetes/defaultDeny";
import { disruptionBudget } from "../kubernetes/disruptionBudget";
import { labels } from "../../model/contracts/labels";
import { allowTo, allowToKubernetesApi, podsOfAnyNetwork } from "../kubernetes/networkAccess";
import {
  apiTokenMount,
  apiTokenVolume,
  containerDefaults,
  podSecurityContext,
  restrictedNamespaceLabels,
} from "../kubernetes/podSecurity";
import { controllerName, controllerNetworkRole } from "../kubernetes/controllerAccess";
import { ProjectImage, type ImageSettings } from "../kubernetes/projectImage";
import { resourcesOf } from "../kubernetes/sizes";
import { spread } from "../fabric/statefulNode";

/** Arguments of {@link Platform}. */
export interface PlatformArgs extends PlatformConfig {
  cluster: Cluster;
  size: Size;
  images: ImageSettings;
}

const name = controllerName;
const healthPort = 8081;

/** What all networks of an environment share: the custom resource definitions and the network controller. */
export class Platform extends pulumi.ComponentResource {
  /** Namespace of the network controller. */
  readonly namespace: string;

  constructor(resourceName: string, args: PlatformArgs, opts?: pulumi.ComponentResourceOptions) {
    super("baas:index:Platform", resourceName, { environment: args.environment }, opts);
    this.namespace = args.namespace;
    const own = labels({ role: "controller" });
    const child = { parent: this };
    const namespace = new k8s.core.v1.Namespace(
      args.namespace,
      { metadata: { name: args.namespace, labels: { ...labels({}), ...restrictedNamespaceLabels } } },
      { ...child, provider: args.cluster.retainedProvider, retainOnDelete: true },
    );
    const within = { parent: this, dependsOn: [namespace] };
    defaultDeny("platform", args.namespace, labels({}), within);

    const installed = definitions.map(
      (definition) =>
        new k8s.apiextensions.v1.CustomResourceDefinition(
          definitionName(definition),
          { metadata: { name: definitionName(definition), labels: labels({}) }, spec: definitionSpec(definition) },
          // Deleting a definition deletes every object of its kind, in all networks.
          { ...child, provider: args.cluster.retainedProvider, retainOnDelete: true },
        ),
    );
    const metadata = { name, namespace: args.namespace, labels: own };
    const permissions = controllerPermissions(metadata, within);
    const image = new ProjectImage(
      "controller",
      { source: "services/controller", context: ".", images: args.images },
      child,
    );

    new k8s.networking.v1.NetworkPolicy(
      name,
      {
        metadata,
        spec: {
          podSelector: { matchLabels: own },
          policyTypes: ["Ingress", "Egress"],
          ingress: [],
          egress: [
            allowToKubernetesApi,
            allowTo(podsOfAnyNetwork({ role: "certificate-authority" }), ports.certificateAuthority),
            allowTo(podsOfAnyNetwork({ role: "orderer" }), ports.orderer, ports.ordererAdmin),
            allowTo(podsOfAnyNetwork({ role: "peer" }), ports.peer),
          ],
        },
      },
      within,
    );
    disruptionBudget(name, metadata, args.controllerReplicas, within);
    const health = (path: string) => ({ httpGet: { path, port: healthPort } });
    new k8s.apps.v1.Deployment(
      name,
      {
        metadata,
        spec: {
          replicas: args.controllerReplicas,
          selector: { matchLabels: own },
          template: {
            metadata: { labels: own },
            spec: {
              serviceAccountName: name,
              automountServiceAccountToken: false,
              enableServiceLinks: false,
              securityContext: podSecurityContext,
              topologySpreadConstraints: [spread(own)],
              containers: [
                {
                  name: "controller",
                  image: image.reference,
                  env: [
                    { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
                    { name: "POD_NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
                  ],
                  ports: [
                    { name: "metrics", containerPort: 8080 },
                    { name: "health", containerPort: healthPort },
                  ],
                  volumeMounts: [apiTokenMount, { name: "tmp", mountPath: "/tmp" }],
                  startupProbe: { ...health("/healthz"), periodSeconds: 1, failureThreshold: 60 },
                  readinessProbe: { ...health("/readyz"), periodSeconds: 5 },
                  livenessProbe: { ...health("/healthz"), periodSeconds: 20, failureThreshold: 3 },
                  resources: resourcesOf(args.size, "controller"),
                  ...containerDefaults,
                },
              ],
              volumes: [apiTokenVolume, { name: "tmp", emptyDir: {} }],
            },
          },
        },
      },
      { parent: this, dependsOn: [namespace, image.image, ...installed, ...permissions] },
    );
    this.registerOutputs({ namespace: this.namespace });
  }
}

interface Metadata {
  name: string;
  namespace: string;
  labels: Record<string, string>;
}

/** The controller's ServiceAccount and the least that it needs to reconcile the custom resources. */
function controllerPermissions(metadata: Metadata, opts: pulumi.CustomResourceOptions): pulumi.Resource[] {
  const { namespace, labels: own } = metadata;
  const clusterWide = { name, labels: own };
  const kinds = ["certificateauthorities", "identities", "channels", "chaincodes"];
  const subjects = [{ kind: "ServiceAccount", name, namespace }];
  return [
    new k8s.core.v1.ServiceAccount(name, { metadata, automountServiceAccountToken: false }, opts),
    new k8s.rbac.v1.ClusterRole(
      name,
      {
        metadata: clusterWide,
        rules: [
          { apiGroups: [group], resources: kinds, verbs: ["get", "list", "watch"] },
          { apiGroups: [group], resources: kinds.map((kind) => `${kind}/status`), verbs: ["patch"] },
          { apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list", "watch"] },
          // Tells why a node does not run.
          { apiGroups: [""], resources: ["pods"], verbs: ["list", "watch"] },
          // Tells when a node is ready.
          { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["get", "list", "watch"] },
          { apiGroups: [""], resources: ["events"], verbs: ["create"] },
        ],
      },
      opts,
    ),
    // Bound in each network's namespace, by the network.
    new k8s.rbac.v1.ClusterRole(
      controllerNetworkRole,
      {
        metadata: { name: controllerNetworkRole, labels: own },
        rules: [
          // It makes registrars' passwords and enrolment secrets, reads its own back, and changes and deletes none.
          { apiGroups: [""], resources: ["secrets"], verbs: ["get", "create"] },
          // Channels' genesis blocks; it changes and deletes none.
          { apiGroups: [""], resources: ["configmaps"], verbs: ["create"] },
        ],
      },
      opts,
    ),
    new k8s.rbac.v1.ClusterRoleBinding(
      name,
      {
        metadata: clusterWide,
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name },
        subjects,
      },
      opts,
    ),
    new k8s.rbac.v1.Role(
      name,
      {
        metadata,
        rules: [
          { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["create"] },
          {
            apiGroups: ["coordination.k8s.io"],
            resources: ["leases"],
            resourceNames: [name],
            verbs: ["get", "update"],
          },
        ],
      },
      opts,
    ),
    new k8s.rbac.v1.RoleBinding(
      name,
      { metadata, roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name }, subjects },
      opts,
    ),
  ];
}

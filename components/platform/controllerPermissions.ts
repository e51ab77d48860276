/** What the network controller may do: its ServiceAccount, and the roles in the cluster, in networks and in its own namespace. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { group } from "../../model/contracts/apiGroup";
import { ethereumForksName, laterValidatorsName } from "../../model/contracts/ethereum";
import { metricsRootsName } from "../../model/contracts/monitoring";
import { controllerName as name, controllerNetworkRole, rootsConfigMapName } from "../../model/contracts/names";
import { platformCaName } from "../../model/contracts/platformCa";
import { definitions } from "../../model/customResources";
import type { ObjectMetadata } from "../kubernetes/metadata";
import { serviceAccount } from "../kubernetes/serviceAccount";

/** The controller's ServiceAccount and the least that it needs to reconcile the custom resources. */
export function controllerPermissions(metadata: ObjectMetadata, opts: pulumi.CustomResourceOptions): pulumi.Resource[] {
  return [
    serviceAccount(name, metadata, opts),
    ...reconciling(metadata, opts),
    networkRole(metadata, opts),
    ...ownObjects(metadata, opts),
    ownNamespace(metadata, opts),
  ];
}

/** Reads custom resources and nodes in all namespaces, and writes the resources' status. */
function reconciling(metadata: ObjectMetadata, opts: pulumi.CustomResourceOptions): pulumi.Resource[] {
  const clusterWide = { name, labels: metadata.labels };
  const kinds = definitions.map(({ plural }) => plural);
  return [
    new k8s.rbac.v1.ClusterRole(
      name,
      {
        metadata: clusterWide,
        rules: [
          { apiGroups: [group], resources: kinds, verbs: ["get", "list", "watch"] },
          { apiGroups: [group], resources: kinds.map((kind) => `${kind}/status`), verbs: ["patch"] },
          { apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list", "watch"] },
          // Shows why a node does not run.
          { apiGroups: [""], resources: ["pods"], verbs: ["list", "watch"] },
          // Shows which version of its pod template a node is to run.
          { apiGroups: ["apps"], resources: ["statefulsets"], verbs: ["list", "watch"] },
          // Shows when a node is ready.
          { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["get", "list", "watch"] },
          { apiGroups: [""], resources: ["events"], verbs: ["create"] },
        ],
      },
      opts,
    ),
    new k8s.rbac.v1.ClusterRoleBinding(
      name,
      { metadata: clusterWide, roleRef: roleRef("ClusterRole"), subjects: subjects(metadata) },
      opts,
    ),
  ];
}

/** Its rights in a network's namespace. The network binds them there. */
function networkRole({ labels }: ObjectMetadata, opts: pulumi.CustomResourceOptions): pulumi.Resource {
  return new k8s.rbac.v1.ClusterRole(
    controllerNetworkRole,
    {
      metadata: { name: controllerNetworkRole, labels },
      rules: [
        // It makes registrars' passwords and enrolment secrets, replaces them when they are old, and deletes those of identities that
        // are gone.
        { apiGroups: [""], resources: ["secrets"], verbs: ["get", "list", "create", "patch", "delete"] },
        // Has chaincode servers replaced, which gives them new certificates.
        { apiGroups: ["apps"], resources: ["deployments"], verbs: ["patch"] },
        // Genesis blocks of channels, which it never changes or deletes, and copies of the platform's roots.
        { apiGroups: [""], resources: ["configmaps"], verbs: ["create"] },
        // Replaces what is no root in its copy of the platform's roots, and keeps validators that join an Ethereum network, and its forks.
        {
          ...{ apiGroups: [""], resources: ["configmaps"], verbs: ["patch"] },
          resourceNames: [rootsConfigMapName(platformCaName), laterValidatorsName, ethereumForksName],
        },
        // Restarts nodes, one after another.
        { apiGroups: [""], resources: ["pods"], verbs: ["delete"] },
        // Takes StatefulSets of earlier releases out of Kubernetes' own rolling update; ownership.ts keeps it from more.
        { apiGroups: ["apps"], resources: ["statefulsets"], verbs: ["patch"] },
        // Lets the volumes of nodes grow.
        { apiGroups: [""], resources: ["persistentvolumeclaims"], verbs: ["list", "patch"] },
        // The pod templates that the pods of nodes were made from.
        { apiGroups: ["apps"], resources: ["controllerrevisions"], verbs: ["get"] },
      ],
    },
    opts,
  );
}

/** The Lease for the leader election of its pods, and the roots that it tells Prometheus. */
function ownObjects(metadata: ObjectMetadata, opts: pulumi.CustomResourceOptions): pulumi.Resource[] {
  const leases = { apiGroups: ["coordination.k8s.io"], resources: ["leases"] };
  return [
    new k8s.rbac.v1.Role(
      name,
      {
        metadata,
        rules: [
          { ...leases, verbs: ["create"] },
          { ...leases, resourceNames: [name], verbs: ["get", "update"] },
          { apiGroups: [""], resources: ["configmaps"], resourceNames: [metricsRootsName], verbs: ["patch"] },
        ],
      },
      opts,
    ),
    new k8s.rbac.v1.RoleBinding(name, { metadata, roleRef: roleRef("Role"), subjects: subjects(metadata) }, opts),
  ];
}

/** Its rights in a network's namespace, for the platform's CA in its own one. */
function ownNamespace(metadata: ObjectMetadata, opts: pulumi.CustomResourceOptions): pulumi.Resource {
  return new k8s.rbac.v1.RoleBinding(
    controllerNetworkRole,
    {
      metadata: { ...metadata, name: controllerNetworkRole },
      roleRef: roleRef("ClusterRole", controllerNetworkRole),
      subjects: subjects(metadata),
    },
    opts,
  );
}

function roleRef(kind: "Role" | "ClusterRole", role = name) {
  return { apiGroup: "rbac.authorization.k8s.io", kind, name: role };
}

function subjects({ namespace }: ObjectMetadata) {
  return [{ kind: "ServiceAccount", name, namespace }];
}

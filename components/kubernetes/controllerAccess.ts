/** The network controller's rights in the namespaces of networks. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { controllerName, controllerNetworkRole } from "../../model/contracts/names";

/**
 * Binds the network controller's role in a network's namespace: the controller keeps the Secrets with which nodes enrol, makes the
 * ConfigMaps with the channels' genesis blocks, and has chaincode servers replaced.
 *
 * @param resourceName - name of the Pulumi resource
 */
export function controllerAccess(
  resourceName: string,
  args: { namespace: string; labels: Record<string, string>; platformNamespace: pulumi.Input<string> },
  opts: pulumi.CustomResourceOptions,
): k8s.rbac.v1.RoleBinding {
  return new k8s.rbac.v1.RoleBinding(
    resourceName,
    {
      metadata: { name: controllerName, namespace: args.namespace, labels: args.labels },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: controllerNetworkRole },
      subjects: [{ kind: "ServiceAccount", name: controllerName, namespace: args.platformNamespace }],
    },
    opts,
  );
}

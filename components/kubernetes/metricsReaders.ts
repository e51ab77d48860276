/** Who may read the metrics of nodes: over the network, and by certificate. */
import type { input as k8sInput } from "@pulumi/kubernetes/types";
import type * as pulumi from "@pulumi/pulumi";

import { operationsCaName, rootKeyOf } from "../../model/contracts/certificateAuthority";
import { rootsConfigMapName } from "../../model/contracts/names";
import { operationsRootDir, platformCaName } from "../../model/contracts/platformCa";
import { ports } from "../../model/contracts/ports";
import { allowFrom, anyPodIn, podsIn } from "./networkAccess";

/** Where those who read metrics run. */
export interface MetricsReaders {
  platformNamespace: pulumi.Input<string>;
  /** Namespace whose pods may read metrics, if the platform names one. */
  monitoringNamespace?: string | undefined;
}

const name = "operations-root";
const key = rootKeyOf(operationsCaName);

/** Source of {@link operationsRootVolume}, for volumes of several sources. */
export const operationsRootSource = { name: rootsConfigMapName(platformCaName), items: [{ key, path: key }] };

/**
 * The root that readers of metrics have their certificates from. The controller copies it into the namespace. A node's pod waits for
 * it (it is not optional), because Fabric reads it at start only: a node that started without it would have to restart for monitoring.
 */
export const operationsRootVolume: k8sInput.core.v1.Volume = { name, configMap: operationsRootSource };

/** Where {@link operationsRootVolume} is mounted. */
export const operationsRootMount = { name, mountPath: operationsRootDir, readOnly: true };

/**
 * Ingress rules: to the metrics, from the platform's Prometheus, whether or not it has one, and from monitoring of the user's, if the
 * platform names its namespace.
 */
export function allowFromMonitoring(
  { platformNamespace, monitoringNamespace }: MetricsReaders,
  port: number = ports.operations,
): k8sInput.networking.v1.NetworkPolicyIngressRule[] {
  const own = podsIn(platformNamespace, { role: "prometheus" });
  return [allowFrom([...own, ...(monitoringNamespace === undefined ? [] : anyPodIn(monitoringNamespace))], port)];
}

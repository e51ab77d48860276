/** Who may read the metrics of nodes: over the network, and by certificate. */
import type { input as k8sInput } from "@pulumi/kubernetes/types";

import { operationsCaName, rootKeyOf } from "../../model/contracts/certificateAuthority";
import { rootsConfigMapName } from "../../model/contracts/names";
import { operationsRootDir, platformCaName } from "../../model/contracts/platformCa";
import { ports } from "../../model/contracts/ports";
import { allowFrom, anyPodIn } from "./networkAccess";

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

/** An ingress rule: from monitoring to the metrics, if the platform names its namespace. */
export function allowFromMonitoring(
  monitoringNamespace: string | undefined,
  port: number = ports.operations,
): k8sInput.networking.v1.NetworkPolicyIngressRule[] {
  return monitoringNamespace === undefined ? [] : [allowFrom(anyPodIn(monitoringNamespace), port)];
}

/** Volumes that pods of several workloads have, and where they are mounted. */
import type { input as k8sInput } from "@pulumi/kubernetes/types";

import { dataVolume } from "../../model/contracts/names";

/** A scratch folder: the root file systems of all containers are read-only. */
export const tmpVolume: k8sInput.core.v1.Volume = { name: "tmp", emptyDir: {} };

/** Where {@link tmpVolume} is mounted. */
export const tmpMount: k8sInput.core.v1.VolumeMount = { name: tmpVolume.name, mountPath: "/tmp" };

/** A small volume that ends with its pod and never reaches a disk. */
export function memoryVolume(name: string): k8sInput.core.v1.Volume {
  return { name, emptyDir: { medium: "Memory", sizeLimit: "1Mi" } };
}

/** A projected token for the Kubernetes API, for the one container that needs it. */
export const apiTokenVolume: k8sInput.core.v1.Volume = {
  name: "api-token",
  projected: {
    sources: [
      { serviceAccountToken: { path: "token", expirationSeconds: 3600 } },
      { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
      { downwardAPI: { items: [{ path: "namespace", fieldRef: { fieldPath: "metadata.namespace" } }] } },
    ],
  },
};

/** Where {@link apiTokenVolume} is mounted. */
export const apiTokenMount: k8sInput.core.v1.VolumeMount = {
  name: apiTokenVolume.name,
  mountPath: "/var/run/secrets/kubernetes.io/serviceaccount",
  readOnly: true,
};

/** The claim of a StatefulSet's data. */
export function dataVolumeClaim(
  { storageClass }: { storageClass?: string | undefined },
  storage: string,
  labels: Record<string, string>,
): k8sInput.core.v1.PersistentVolumeClaim {
  return {
    metadata: { name: dataVolume, labels },
    spec: {
      accessModes: ["ReadWriteOnce"],
      ...(storageClass !== undefined && { storageClassName: storageClass }),
      resources: { requests: { storage } },
    },
  };
}

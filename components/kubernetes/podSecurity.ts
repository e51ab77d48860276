import type { input as k8sInput } from "@pulumi/kubernetes/types";

/** User and group of every container that shares files with others in its pod; the volumes' group too. */
export const runAs = 1000;

/** Pod part of Pod Security `restricted`, with volumes that the user can write. */
export const podSecurityContext: k8sInput.core.v1.PodSecurityContext = {
  runAsNonRoot: true,
  runAsUser: runAs,
  runAsGroup: runAs,
  fsGroup: runAs,
  // Otherwise the kubelet widens the mode of private keys at each start.
  fsGroupChangePolicy: "OnRootMismatch",
  seccompProfile: { type: "RuntimeDefault" },
};

/** Container part of Pod Security `restricted`, with a read-only root file system. */
export const containerSecurityContext: k8sInput.core.v1.SecurityContext = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};

/** What every container has: Pod Security, and the end of its log as its last words, which the controller passes on. */
export const containerDefaults = {
  securityContext: containerSecurityContext,
  terminationMessagePolicy: "FallbackToLogsOnError",
} satisfies Partial<k8sInput.core.v1.Container>;

/** Labels of a Namespace that enforces Pod Security `restricted`. */
export const restrictedNamespaceLabels = {
  "pod-security.kubernetes.io/enforce": "restricted",
  "pod-security.kubernetes.io/warn": "restricted",
  "pod-security.kubernetes.io/audit": "restricted",
};

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

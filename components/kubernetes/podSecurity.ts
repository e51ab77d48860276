/** Settings of pods and namespaces for Pod Security `restricted`, with read-only root file systems. */
import type { input as k8sInput } from "@pulumi/kubernetes/types";

import type { PodSecurity } from "../../model/stackFile/clusterSchema";

/** User and group of every container that shares files with others in its pod; the volumes' group too. */
const runAs = 1000;

/** User, group and the volumes' group of pods. OpenShift gives every namespace a range of its own, and refuses others. */
const users: Record<PodSecurity, k8sInput.core.v1.PodSecurityContext> = {
  restricted: { runAsUser: runAs, runAsGroup: runAs, fsGroup: runAs },
  openshift: {},
};

/** Pod part of Pod Security `restricted`, with volumes that the user can write. */
const podSecurityContext: k8sInput.core.v1.PodSecurityContext = {
  runAsNonRoot: true,
  // Otherwise the kubelet widens the mode of private keys at each start.
  fsGroupChangePolicy: "OnRootMismatch",
  seccompProfile: { type: "RuntimeDefault" },
};

/** Container part of Pod Security `restricted`, with a read-only root file system. */
const containerSecurityContext: k8sInput.core.v1.SecurityContext = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};

/** Defaults of every pod: Pod Security, and an account of its own. Only containers that need its token mount it. */
export function podDefaults(serviceAccountName: string, security: PodSecurity) {
  return {
    serviceAccountName,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: { ...podSecurityContext, ...users[security] },
  } satisfies Partial<k8sInput.core.v1.PodSpec>;
}

/** Defaults of every container: Pod Security, and the end of its log as termination message, which the controller reports. */
export const containerDefaults = {
  securityContext: containerSecurityContext,
  terminationMessagePolicy: "FallbackToLogsOnError",
} satisfies Partial<k8sInput.core.v1.Container>;

/** Labels of a Namespace whose pods may see the machine; none of networks is there. */
export const privilegedNamespaceLabels = { "pod-security.kubernetes.io/enforce": "privileged" };

/** Labels of a Namespace that enforces Pod Security `restricted`. */
export const restrictedNamespaceLabels = {
  "pod-security.kubernetes.io/enforce": "restricted",
  "pod-security.kubernetes.io/warn": "restricted",
  "pod-security.kubernetes.io/audit": "restricted",
};

/** Types of Kubernetes resources, as Pulumi's provider writes them. */

/** API version and kind of a resource type, such as `apps/v1` and `Deployment` for `kubernetes:apps/v1:Deployment`. */
export function kindOfType(type: string): { apiVersion: string; kind: string } | undefined {
  const [, group, version, kind] = /^kubernetes:([^/:]+)\/([^/:]+):([^:]+)$/.exec(type) ?? [];
  if (group === undefined || version === undefined || kind === undefined) return undefined;
  return { apiVersion: group === "core" ? version : `${group}/${version}`, kind };
}

/** API group of an API version: `apps` for `apps/v1`, empty for `v1`. */
export function groupOf(apiVersion: string): string {
  return apiVersion.includes("/") ? (apiVersion.split("/")[0] as string) : "";
}

/** Whether an API version belongs to Kubernetes itself, not to a custom resource. */
export function isBuiltIn(apiVersion: string): boolean {
  const group = groupOf(apiVersion);
  return !group.includes(".") || group.endsWith(".k8s.io");
}

/** Kubernetes' own kinds whose objects are in no namespace. */
export const clusterScopedKinds: ReadonlySet<string> = new Set(
  [
    "Namespace Node PersistentVolume ComponentStatus",
    "ClusterRole ClusterRoleBinding",
    "StorageClass CSIDriver CSINode VolumeAttachment VolumeAttributesClass",
    "PriorityClass RuntimeClass IngressClass",
    "CustomResourceDefinition APIService FlowSchema PriorityLevelConfiguration CertificateSigningRequest",
    "MutatingWebhookConfiguration ValidatingWebhookConfiguration",
    "ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding MutatingAdmissionPolicy MutatingAdmissionPolicyBinding",
    "ClusterTrustBundle ServiceCIDR IPAddress DeviceClass ResourceSlice",
  ].flatMap((kinds) => kinds.split(" ")),
);

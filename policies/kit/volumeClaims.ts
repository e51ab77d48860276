/** Volumes that an object asks for. */
import type { KubernetesObject } from "./objects";

/** A claim with its name within the object. */
export interface VolumeClaim {
  name: string;
  /** `PersistentVolumeClaimSpec`. */
  spec: any;
  /** How many volumes it makes. */
  count: number;
}

/** The volumes that a StatefulSet or a PersistentVolumeClaim asks for. */
export function volumeClaims({ kind, name, body }: KubernetesObject): VolumeClaim[] {
  if (kind === "PersistentVolumeClaim") return [{ name, spec: body.spec ?? {}, count: 1 }];
  if (kind !== "StatefulSet") return [];
  return (body.spec?.volumeClaimTemplates ?? []).map((template: any) => ({
    name: template.metadata?.name,
    spec: template.spec ?? {},
    count: body.spec.replicas ?? 1,
  }));
}

/** Field of the stack file with the size of a role's volume. */
export const storageFields = {
  peer: "peerStorage",
  orderer: "storage",
  "certificate-authority": "caStorage",
  kafka: "kafka.storage",
  zookeeper: "kafka.zookeeperStorage",
  prometheus: "monitoring.storage",
  alertmanager: "monitoring.alertmanagerStorage",
} as const;

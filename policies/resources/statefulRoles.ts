import { quantity } from "../../model/contracts/quantity";
import { podOf, roleOf, workloads } from "../kit/objects";
import { objectPolicy, type Violation } from "../kit/policy";
import { storageFields, volumeClaims } from "../kit/volumeClaims";

/** Workloads with data keep it on a volume that outlives them. */
export const statefulRoles = objectPolicy<{ roles: string[] }>({
  name: "storage-stateful-roles",
  level: "mandatory",
  description: "Nodes that keep data are StatefulSets with volumes of their own, which nothing deletes.",
  why:
    "A ledger, a write-ahead log or a CA's key on a volume that goes with its pod is lost with the first restart; on a " +
    "volume that two pods write to, it is corrupted.",
  settings: {
    roles: {
      type: "array",
      items: { type: "string" },
      default: [
        ...["peer", "orderer", "certificate-authority", "kafka", "zookeeper", "prometheus", "alertmanager", "grafana"],
      ],
      description: "Roles (label app.kubernetes.io/component) that keep data.",
    },
  },
  kinds: [...workloads, "PersistentVolumeClaim"],
  check(object, { settings, stackFile }) {
    const role = roleOf(object);
    if (role === undefined || !settings.roles.includes(role)) return [];
    const place = stackFile.place(object);
    const file = stackFile.component(object);
    if (podOf(object) !== undefined && object.kind !== "StatefulSet") {
      const message = `role ${role} keeps data, and a ${object.kind} gives its pods no volume of their own. Make it a StatefulSet in ${file}`;
      return [{ place, message }];
    }
    const found: Violation[] = [];
    const claims = volumeClaims(object);
    if (claims.length === 0) {
      const message = `role ${role} keeps data, and it has no volumeClaimTemplates. Give it one in ${file}`;
      found.push({ place, message });
    }
    for (const { name, spec } of claims) {
      const modes: string[] = spec.accessModes ?? [];
      if (modes.length === 0 || modes.some((mode) => mode !== "ReadWriteOnce" && mode !== "ReadWriteOncePod")) {
        const message = `volume "${name}" has ${modes.length === 0 ? "no access modes" : `access modes ${modes.join(", ")}`}. Make it ReadWriteOnce in ${file}`;
        found.push({ place, message });
      }
      if (Number.isNaN(quantity(spec.resources?.requests?.storage))) {
        const message = `volume "${name}" has no valid size. Write a size, such as 10Gi`;
        found.push({ place: stackFile.place(object, storageFields), message });
      }
    }
    const { whenDeleted, whenScaled } = object.body.spec?.persistentVolumeClaimRetentionPolicy ?? {};
    if (object.kind === "StatefulSet" && [whenDeleted, whenScaled].includes("Delete")) {
      const key = whenDeleted === "Delete" ? "whenDeleted" : "whenScaled";
      const message = `persistentVolumeClaimRetentionPolicy.${key} is Delete: the data goes with the object. Set it to Retain in ${file}`;
      found.push({ place, message });
    }
    return found;
  },
});

import { objectPolicy, texts } from "../kit/policy";
import { volumeClaims } from "../kit/volumeClaims";

/** Volumes come from storage classes that keep them. */
export const storageClasses = objectPolicy<{ allowed: string[] }>({
  name: "storage-classes",
  level: "mandatory",
  description: "Volumes come from allowed storage classes, which keep a volume whose claim is gone.",
  why:
    "The class decides whether a ledger is on one machine's disk or replicated, and whether deleting a claim by mistake " +
    "deletes the ledger.",
  settings: {
    allowed: {
      ...texts,
      description: "Names of the StorageClasses that claims may use. Empty: any, the cluster's default included.",
    },
  },
  limits: "A class that the stack does not register itself is known by its name only.",
  kinds: ["StatefulSet", "PersistentVolumeClaim", "StorageClass"],
  check(object, { settings, stackFile }) {
    if (object.kind === "StorageClass") {
      const { reclaimPolicy = "Delete", allowVolumeExpansion } = object.body;
      const place = stackFile.place(object);
      const file = stackFile.component(object);
      return [
        ...(reclaimPolicy === "Retain"
          ? []
          : [{ place, message: `reclaimPolicy ${reclaimPolicy} deletes the data. Set it to Retain in ${file}` }]),
        ...(allowVolumeExpansion === true
          ? []
          : [{ place, message: `its volumes cannot grow. Set allowVolumeExpansion to true in ${file}` }]),
      ];
    }
    const bound = volumeClaims(object)
      .filter(({ spec }) => spec.volumeName !== undefined)
      .map(({ name, spec }) => ({
        place: stackFile.place(object),
        message: `volume "${name}" takes ${spec.volumeName}, which is there already, and may be a folder of the machine. Leave volumeName out in ${stackFile.component(object)}`,
      }));
    if (settings.allowed.length === 0) return bound;
    const unlisted = volumeClaims(object).flatMap(({ name, spec }) => {
      const { storageClassName } = spec;
      if (storageClassName !== undefined && settings.allowed.includes(storageClassName)) return [];
      const uses = storageClassName === undefined ? "the cluster's default class" : `class "${storageClassName}"`;
      return [
        {
          place: `${stackFile.environmentFile}: storageClass: ${stackFile.place(object).split(": ").pop()}`,
          message: `volume "${name}" uses ${uses}. Write one of ${settings.allowed.join(", ")}`,
        },
      ];
    });
    return [...bound, ...unlisted];
  },
});

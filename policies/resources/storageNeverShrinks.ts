import { quantity } from "../../model/contracts/quantity";
import { objectPolicy } from "../kit/policy";
import { comparesWithBefore } from "../kit/stackFile";
import { storageFields, volumeClaims } from "../kit/volumeClaims";

/** A volume never becomes smaller. */
export const storageNeverShrinks = objectPolicy({
  name: "storage-never-shrinks",
  level: "mandatory",
  description: "No volume is smaller than it was.",
  why:
    "Volumes cannot shrink. A StatefulSet that is made anew with a smaller claim adopts the old volume, so the stack file " +
    "says something that is not so; a new node gets a volume on which the ledger of the others does not fit.",
  limits:
    comparesWithBefore +
    "Under the Pulumi CLI it has neither; there the cluster refuses the network's Rollout, in a preview, too.",
  kinds: ["StatefulSet", "PersistentVolumeClaim"],
  check(object, { stackFile }) {
    const before = stackFile.before(object);
    if (before === undefined) return [];
    const sizes = new Map(volumeClaims(before).map(({ name, spec }) => [name, spec.resources?.requests?.storage]));
    return volumeClaims(object).flatMap(({ name, spec }) => {
      const [was, is] = [sizes.get(name), spec.resources?.requests?.storage];
      if (!(quantity(is) < quantity(was))) return [];
      const message = `volume "${name}" would be ${is}, and has been ${was} ${stackFile.sinceWhen}. Write ${was}, or more`;
      return [{ place: stackFile.place(object, storageFields), message }];
    });
  },
});

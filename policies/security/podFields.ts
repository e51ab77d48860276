import { withoutMachineRoot } from "../kit/machineRoot";
import { podOf } from "../kit/objects";
import { unsetPlacement } from "../kit/podSettings";
import { foreignUses, unlistedFields, type Use } from "../kit/podUses";
import { objectPolicy, texts } from "../kit/policy";

const name = "security-pod-fields";

/** Pods have the fields that the product uses, and use what is their own. */
export const podFields = objectPolicy<{ fields: string[] }>({
  name,
  level: "mandatory",
  description: "Pods have the fields that the product uses, and use their own accounts, Secrets and volumes.",
  why:
    "A pod of the same namespace can mount the key of a certificate authority, the volume of a peer or the token of another " +
    "account. A field that nobody expects puts it on a machine of the control plane, before all others, or beside a false name " +
    "server.",
  settings: {
    fields: {
      ...texts,
      description:
        "Other fields of pods, containers, volumes and workloads, without their places in lists: `dnsConfig`, " +
        "`volumes.ephemeral`, `containers.tty`.",
    },
  },
  allowing: ["fields"],
  limits:
    "Knows whose a Secret is by its name, as the product names them: one of another name is nobody's. What a program in an " +
    "image does with what its pod has, no policy can know.",
  check(object, { settings: { fields }, stackFile }) {
    const place = stackFile.place(object);
    const file = stackFile.component(object);
    const own = podOf(object);
    const pod = own && withoutMachineRoot(object, own, stackFile);
    const found: Use[] = [
      ...unlistedFields(object, pod, stackFile),
      ...(pod === undefined ? [] : [...foreignUses(object, pod, stackFile), ...unsetPlacement(pod, stackFile)]),
    ];
    return found
      .filter(({ field }) => field === undefined || !fields.includes(field))
      .map(({ field, what }) => ({
        place,
        message: `${what}. Leave it out in ${file}${field === undefined ? "" : stackFile.orAllow(name, "fields")}`,
      }));
  },
});

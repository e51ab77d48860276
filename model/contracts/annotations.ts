/** Annotations by which the programs know how to treat an object. */
import { group } from "./apiGroup";

/** On Secrets and ConfigMaps that outlive the program that made them. Only a purge deletes them. */
export const retainUntilPurge = { [`${group}/retain`]: "until-purge" };

/** Name under which the Pulumi CLI writes the fields of objects; see components/kubernetes/fieldManager.ts. */
export const pulumiFieldManager = "pulumi-baas";

/** On the StatefulSet of a node, not on its pods: hash of what of its pod template a restart is needed for. */
export const templateHashAnnotation = `${group}/template-hash`;

/** On pod templates: hash of the configuration files, so that pods restart when one changes. */
export const configurationHashAnnotation = `${group}/configuration-hash`;

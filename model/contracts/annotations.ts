/** Annotations by which the programs know how to treat an object. */
import { group } from "./apiGroup";

/** On Secrets and ConfigMaps that outlive the program that made them. Only a purge deletes them. */
export const retainUntilPurge = { [`${group}/retain`]: "until-purge" };

/** Name under which the Pulumi CLI writes the fields of objects; see components/kubernetes/fieldManager.ts. */
export const pulumiFieldManager = "pulumi-baas";

/** On pod templates: hash of the configuration files, so that pods restart when one changes. */
export const configurationHashAnnotation = `${group}/configuration-hash`;

/** On an Identity or a CertificateAuthority: when somebody last asked for new certificates of the node, in ISO 8601. */
export const renewRequestedAnnotation = `${group}/renew-requested`;

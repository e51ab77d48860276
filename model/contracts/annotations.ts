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

/** On a Secret with which an Identity enrols: hash of the registration that both CAs have taken. */
export const registeredAnnotation = `${group}/registered`;

/** On a Secret of an Identity or a registrar: when its password was last replaced, in ISO 8601. */
export const rotatedAnnotation = `${group}/rotated`;

/** On a Secret of an Identity: the CertificateAuthority that it enrols with. */
export const authorityAnnotation = `${group}/certificate-authority`;

/** On a Secret of an Identity that is gone: since when, in ISO 8601. */
export const goneSinceAnnotation = `${group}/identity-gone-since`;

/** On the pod template of a chaincode server: when the controller last had its certificates renewed, in ISO 8601. */
export const renewedAnnotation = `${group}/renewed`;

/** On an Identity or a CertificateAuthority: when somebody last asked for new certificates of the node, in ISO 8601. */
export const renewRequestedAnnotation = `${group}/renew-requested`;

/** On an Identity: when somebody last asked for new private keys of the node, in ISO 8601. */
export const newKeysRequestedAnnotation = `${group}/new-keys-requested`;

/** On a custom resource with data outside the cluster: what of it a purge deletes, for people. */
export const purgesAnnotation = `${group}/purges`;

/** On such a custom resource: when a purge asked for the deletion of that data, in ISO 8601. It is deleted whenever this is there. */
export const purgeRequestedAnnotation = `${group}/purge-requested`;

/** Reason of the condition Ready of a custom resource whose data is deleted. */
export const purgedReason = "Purged";

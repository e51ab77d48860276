/** Annotations by which the programs know how to treat an object. */
import { group } from "./apiGroup";

/** On Secrets and ConfigMaps that outlive the program that made them. Only a purge deletes them. */
export const retainUntilPurge = { [`${group}/retain`]: "until-purge" };

/** On pod templates: hash of the configuration files, so that pods restart when one changes. */
export const configurationHashAnnotation = `${group}/configuration-hash`;

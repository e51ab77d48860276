/** Annotations by which programs tell each other how to treat an object. */
import { group } from "../customResources/group";

/** On Secrets and ConfigMaps that outlive what made them: nothing but a purge deletes them. */
export const retainUntilPurge = { [`${group}/retain`]: "until-purge" };

/** On pod templates: hash of the configuration files, so that pods restart when one changes. */
export const configurationHashAnnotation = `${group}/configuration-hash`;

/** Holds `pulumi up` until the controller has set the condition Ready. */
export const waitForReady = { "pulumi.com/waitFor": "condition=Ready" };

/** Tells the Pulumi provider to go on as soon as the object is there. */
export const skipAwait = { "pulumi.com/skipAwait": "true" };

/** Has an object that has failed made anew by the next `pulumi up` or `apply`. */
export const replaceUnready = { "pulumi.com/replaceUnready": "true" };

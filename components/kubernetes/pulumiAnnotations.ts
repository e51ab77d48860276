/** Annotations for Pulumi's Kubernetes provider and `apply`: what they wait for, and what they replace. */

/** For a Service: do not wait for its endpoints. The workload behind it is awaited already. */
export const skipAwait = { "pulumi.com/skipAwait": "true" };

/** For a custom resource: wait until the controller has set the condition Ready. */
export const waitForReady = { "pulumi.com/waitFor": "condition=Ready" };

/** For a Job: the next `up` or `apply` replaces one that has failed. */
export const replaceUnready = { "pulumi.com/replaceUnready": "true" };

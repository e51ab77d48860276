/** Annotations that say what Pulumi's Kubernetes provider, and `apply` like it, waits for and makes anew. */

/** For a Service: it is not waited for until it has endpoints, as the workload behind it is waited for already. */
export const skipAwait = { "pulumi.com/skipAwait": "true" };

/** For a custom resource: it is waited for until the controller has set the condition Ready. */
export const waitForReady = { "pulumi.com/waitFor": "condition=Ready" };

/** For a Job: one that has failed is made anew by the next `up` or `apply`. */
export const replaceUnready = { "pulumi.com/replaceUnready": "true" };

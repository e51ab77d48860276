/** Annotations for Pulumi's Kubernetes provider and `apply`: what they wait for, and what they replace. */

/**
 * The Pulumi CLI goes on without waiting for the object. What it waits for keeps one of its slots (`--parallel`), and could keep
 * out what makes the object ready. So nothing waits but what stands at the end and depends on all that it needs: channels,
 * chaincodes, the gateway, smoke tests. `apply` has no slots, and waits for every object at the end.
 */
export const skipAwait = { "pulumi.com/skipAwait": "true" };

/**
 * For a StatefulSet or Deployment: {@link skipAwait}. Deleted without waiting, too, so the object itself must be gone at once, and
 * its pods after it: an `up` that follows would else change an object that is about to vanish.
 */
export const skipAwaitOfPods = { ...skipAwait, "pulumi.com/deletionPropagationPolicy": "background" };

/** For a custom resource: wait until the controller has set the condition Ready. */
export const waitForReady = { "pulumi.com/waitFor": "condition=Ready" };

/** For a Job: the next `up` or `apply` replaces one that has failed. */
export const replaceUnready = { "pulumi.com/replaceUnready": "true" };

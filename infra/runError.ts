/** Errors that the Pulumi CLI shows as their message alone. */
import * as pulumi from "@pulumi/pulumi";

/** An error for users. Its stack trace is removed: nobody sees it, and formatting it takes half a minute on some versions of Node. */
export function runError(message: string): pulumi.RunError {
  return Object.assign(new pulumi.RunError(message), { stack: undefined });
}

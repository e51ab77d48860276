/** Errors that the Pulumi CLI shows as their message alone. */
import * as pulumi from "@pulumi/pulumi";

import { UserError } from "../model/userError";

/** An error for users. Its stack trace is removed: nobody sees it, and formatting it takes half a minute on some versions of Node. */
export function runError(message: string): pulumi.RunError {
  return Object.assign(new pulumi.RunError(message), { stack: undefined });
}

/** An error for users as one that the CLI shows without a stack trace; any other error as it is. */
export function asRunError(error: unknown): unknown {
  return error instanceof UserError ? runError(error.message) : error;
}

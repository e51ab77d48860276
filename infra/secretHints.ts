/** Warns the Pulumi CLI's users of Secrets that a platform needs of them; the commands of baas do so by themselves. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

import * as pulumi from "@pulumi/pulumi";

import { missingSecrets, neededSecrets } from "../model/platform/neededSecrets";
import type { Stack } from "../model/project/stacks";
import { formatFinding } from "../model/stackFile/findings";
import { isUnderCli } from "./cliHints";

/** How long the cluster may take to answer, in milliseconds: a preview goes on without it. */
const patience = 5000;

/** The name of a Secret and its keys, never its values. Nothing if it is not there. */
const nameAndKeys = "{{.metadata.name}}{{range $key, $value := .data}} {{$key}}{{end}}";

/** Says which Secrets are not there. Says nothing without kubectl, the right to look, or a cluster that answers. */
export async function hintsOfSecrets(stack: Stack): Promise<void> {
  if (!isUnderCli || stack.kind !== "platform") return;
  const { platform, environment, file } = stack;
  const found = await Promise.all(
    neededSecrets(platform).map(async (secret) => {
      const keys = await keysOf(environment.context, platform.namespace, secret);
      return keys === undefined ? [] : [[secret, keys.length === 0 ? undefined : keys.slice(1)] as const];
    }),
  );
  for (const finding of missingSecrets(`${pulumi.getProject()}:platform`, platform, new Map(found.flat()))) {
    await pulumi.log.warn(`${file}:\n${formatFinding(finding)}`);
  }
}

/** Asks kubectl for the name of a Secret and its keys; empty if it is not there, undefined if nobody can say. */
export async function keysOf(context: string, namespace: string, secret: string): Promise<string[] | undefined> {
  const where = [`--context=${context}`, `--namespace=${namespace}`, `--request-timeout=${patience}ms`];
  const args = [...where, "get", "secret", secret, "--ignore-not-found", `--output=go-template=${nameAndKeys}`];
  try {
    const { stdout } = await promisify(execFile)("kubectl", args, { timeout: patience });
    return stdout.split(" ").filter((word) => word !== "");
  } catch {
    return undefined;
  }
}

/** Hints that only the Pulumi CLI's users need: the commands of baas see to these things themselves. */
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

import * as pulumi from "@pulumi/pulumi";
import { load } from "js-yaml";

import { baas } from "../model/baasCommand";
import { readProject, stackFileNotes } from "../model/files/project";
import type { Stack } from "../model/project/stacks";
import { UserError } from "../model/userError";
import { runError } from "./runError";

/** Pulumi's own runner sets it. */
export const isUnderCli = process.env.PULUMI_NODEJS_MONITOR !== undefined;

/**
 * Says what a reader of the stack's file should know: the CLI takes no notice of keys that nothing reads.
 *
 * @param projectDir - folder of Pulumi.yaml
 */
export async function notesForCli(projectDir: string): Promise<void> {
  if (!isUnderCli) return;
  for (const note of notesOf(projectDir)) await pulumi.log.warn(note);
}

function notesOf(projectDir: string): string[] {
  try {
    return stackFileNotes(readProject(projectDir), pulumi.getStack());
  } catch (error) {
    // The CLI may have the configuration from another file, by --config-file.
    if (error instanceof UserError) return [];
    throw error;
  }
}

/** Says what is likely to be missing: the cluster's context, and the images of the project. */
export async function hintsForCli({ name, environment: { context, images } }: Stack): Promise<void> {
  if (!isUnderCli) return;
  const files = kubeconfigs();
  if (!files.some((file) => contextsIn(file).includes(context))) {
    await pulumi.log.warn(
      `no kubeconfig has the context "${context}" (${files.join(", ")}), so nothing here is compared with the cluster. ` +
        `Set KUBECONFIG; for the Kubernetes of this machine: ${baas("local up")} && export KUBECONFIG=$PWD/.baas/local/local/kubeconfig`,
    );
  }
  if (!images.push) {
    await pulumi.log.info(`images of the project are not pushed: ${baas("images", name)} brings them to the cluster`);
  }
}

/**
 * Says what comes first where the platform is not there. The CLI would end the program at its reference, without a hint.
 *
 * @throws RunError naming the commands
 */
export async function requirePlatformUnderCli(reference: string, stack: string): Promise<void> {
  if (!isUnderCli) return;
  try {
    const { outputs } = await pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", { name: reference });
    if (outputs.namespace !== undefined) return;
  } catch (error) {
    if (!/unknown stack/.test(String(error))) throw error;
  }
  throw runError(
    `the platform of this network's environment is not there: stack "${reference}" ` +
      `is unknown or empty. Bring it up first: pulumi stack select --create ${stack} && pulumi up -s ${stack}`,
  );
}

/** The files that kubectl would read. */
function kubeconfigs(): string[] {
  const named = (process.env.KUBECONFIG ?? "").split(delimiter).filter((file) => file !== "");
  return named.length > 0 ? named : [join(homedir(), ".kube", "config")];
}

function contextsIn(file: string): string[] {
  if (!existsSync(file)) return [];
  try {
    const { contexts = [] } = (load(readFileSync(file, "utf8")) ?? {}) as { contexts?: { name: string }[] };
    return contexts.map(({ name }) => name);
  } catch {
    // The provider says what is wrong with it.
    return [];
  }
}

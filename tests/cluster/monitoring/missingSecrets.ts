/** What the commands, and the Pulumi program, say of Secrets that receivers name. */
import { dirname } from "node:path";

import { connect } from "../../../cli/engine/cluster/clusterConnection";
import { previewedSecretWarnings, secretWarnings } from "../../../cli/engine/cluster/secretsOfUser";
import type { ProgramResult } from "../../../cli/engine/declared/registration";
import { runProgram } from "../../../cli/engine/program/programs";
import { keysOf } from "../../../infra/secretHints";
import type { LocalCluster } from "../../../local-cluster/runningCluster";
import { ProjectCopy } from "../../projectCopy";

/** The platform `platform-watched`, whose receiver has its token from a Secret. */
export class WatchedPlatform {
  private readonly project = new ProjectCopy();
  private declared?: Promise<ProgramResult>;

  private constructor(private readonly cluster: LocalCluster) {
    this.project.edit("stacks/environments/watched.yaml", "context: watched", `context: ${cluster.context}`);
  }

  static on(cluster: LocalCluster): WatchedPlatform {
    // Where the user has them.
    process.env.KUBECONFIG = cluster.kubeconfig;
    process.env.PATH = `${dirname(cluster.kubectl)}:${process.env.PATH}`;
    return new WatchedPlatform(cluster);
  }

  /** What `baas apply` and `baas diff --live` say. */
  async warnings(): Promise<string[]> {
    const connection = await connect(this.cluster.context);
    try {
      return await secretWarnings(connection, await this.program());
    } finally {
      connection.close();
    }
  }

  /** What `baas preview` says. */
  async previewed(): Promise<string[]> {
    return previewedSecretWarnings(await this.program());
  }

  /** What kubectl tells the Pulumi program of the Secret. */
  keys(): Promise<string[] | undefined> {
    return keysOf(this.cluster.context, "baas-platform", "operators-webhook");
  }

  remove(): void {
    this.project.remove();
  }

  /** It runs once, whatever the cluster has. */
  private program(): Promise<ProgramResult> {
    this.declared ??= runProgram({ projectDir: this.project.dir, stack: "platform-watched", dryRun: true });
    return this.declared;
  }
}

/** The files of `./baas connection`, for clients outside a cluster of the tests. */
import { copyFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { run } from "../../local-cluster/run";
import type { FabricCluster } from "./fabricCluster";

/** Runs `./baas connection STACK` in the copy of the project, whose own cluster this is not: it gets there by another context. */
export async function writeConnection(
  { cluster, project }: Pick<FabricCluster, "cluster" | "project">,
  stack: string,
): Promise<void> {
  const kubeconfig = join(project.dir, "kubeconfig");
  copyFileSync(cluster.kubeconfig, kubeconfig);
  const context = "outside";
  await run(cluster.kubectl, ["--kubeconfig", kubeconfig, "config", "rename-context", cluster.context, context]);
  const env = { KUBECONFIG: kubeconfig, PATH: `${dirname(cluster.kubectl)}:${process.env.PATH}` };
  await run(join(project.dir, "baas"), ["connection", stack, "--context", context], { cwd: project.dir, env });
}

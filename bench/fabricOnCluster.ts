/** A local cluster with real Fabric and a copy of this project, for the benchmarks of whole networks. */
import { down, up } from "../local-cluster/localCluster";
import { loadArchive } from "../local-cluster/releaseArchive";
import type { LocalCluster } from "../local-cluster/runningCluster";
import { ProjectCopy } from "../tests/projectCopy";

/**
 * Starts a cluster of its own with the programs of FABRIC_ARCHIVES, and removes it after the work.
 *
 * @throws Error when FABRIC_ARCHIVES is not set
 */
export async function onFabric(work: (cluster: LocalCluster, project: ProjectCopy) => Promise<void>): Promise<void> {
  const archives = process.env.FABRIC_ARCHIVES;
  if (archives === undefined) throw new Error("FABRIC_ARCHIVES is not set: release archives of Fabric and Fabric CA");
  const cluster = await up({ type: "debian", name: "bench" });
  const project = new ProjectCopy();
  try {
    for (const archive of archives.split(":")) await loadArchive(cluster, archive);
    project.edit("stacks/environments/local.yaml", "context: baas-local", `context: ${cluster.context}`);
    await work(cluster, project);
  } finally {
    project.remove();
    await down({ name: "bench", purge: true });
  }
}

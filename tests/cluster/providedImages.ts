/** Images that pods of tests run. */
import { hasImage } from "../../local-cluster/imageStore";
import { progressTo } from "../../local-cluster/progress";
import type { LocalCluster } from "../../local-cluster/runningCluster";
import { importSubstitute } from "../../local-cluster/substitutes";

/** Runs programs of the tests. */
export const nodeImage = `docker.io/library/node:${process.versions.node.split(".")[0]}-bookworm-slim`;

/** Has the cluster have images, from the machine where they cannot be pulled. */
export async function provideImages(cluster: LocalCluster, images: readonly string[]): Promise<void> {
  const progress = progressTo((line) => console.log(line));
  for (const image of images) {
    if (!(await hasImage(cluster, image)) && !(await importSubstitute(cluster, image, progress)))
      throw new Error(`${image} cannot be made here`);
  }
}

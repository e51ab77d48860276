/** The images of all nodes of a local cluster, each of which has a containerd of its own. */
import { ContainerdImages, importSaved } from "./imageStore";
import { type Instance, type NodePlace, nodesOf } from "./instance";
import { processTable } from "./node";
import { containerdSocket } from "./nodeComponents";
import { isAlive } from "./processes";
import type { Progress } from "./progress";
import { run } from "./run";
import type { ImageStore } from "./runningCluster";

/** The images of the nodes that run. A node that does not run gets them when it starts, by {@link copyMissing}. */
export class NodeImages implements ImageStore {
  /** @param program - containerd's command line client, ctr */
  constructor(
    private readonly program: string,
    private readonly instance: Instance,
  ) {}

  /** Those that every node has. */
  async list(): Promise<string[]> {
    const [first, ...further] = await Promise.all(this.stores().map((store) => store.list()));
    return first.filter((reference) => further.every((list) => list.includes(reference)));
  }

  async importArchive(file: string): Promise<void> {
    await Promise.all(this.stores().map((store) => store.importArchive(file)));
  }

  importFromDocker(reference: string): Promise<void> {
    return importSaved(this, (file) => run("docker", ["save", "--output", file, reference]));
  }

  async tag(from: string, to: string): Promise<void> {
    for (const store of this.stores()) await store.tag(from, to);
  }

  /** The images of one node. */
  of(node: NodePlace): ContainerdImages {
    return new ContainerdImages(this.program, containerdSocket(node));
  }

  private stores(): ContainerdImages[] {
    const [first, ...further] = nodesOf(this.instance);
    const running = further.filter((node) => isAlive(processTable(node).read("containerd")));
    return [first, ...running].map((node) => this.of(node));
  }
}

/** Copies the images that a node lacks, or has with another content, from another node. */
export async function copyMissing(from: ContainerdImages, to: ContainerdImages, progress: Progress): Promise<void> {
  const present = await to.digests();
  const missing = [...(await from.digests())].filter(([reference, digest]) => present.get(reference) !== digest);
  if (missing.length === 0) return;
  progress.waiting(`copying ${missing.length} images`);
  await importSaved(to, (file) =>
    from.exportArchive(
      file,
      missing.map(([reference]) => reference),
    ),
  );
}

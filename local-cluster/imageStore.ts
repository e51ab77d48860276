/**
 * Manages the images in a local cluster's containerd: references, lists, imports. It can also assemble images from layers,
 * without a builder.
 */
import { createHash } from "node:crypto";
import { createReadStream, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";

import { cacheDirectory } from "./instance";
import { LocalError } from "./localError";
import { run } from "./run";
import type { ImageStore, LocalCluster } from "./runningCluster";
import { withTemporaryDirectory } from "./temporaryDirectory";

/** An image to assemble from layers. */
export interface LayeredImage {
  reference: string;
  /** Uncompressed tar files, the base first. */
  layers: string[];
  /** As in an OCI image configuration: Env, Cmd, Entrypoint, User, WorkingDir, ExposedPorts, StopSignal. */
  configuration: Record<string, unknown>;
}

/**
 * The full form of an image reference, as containerd stores it: registry, repository and tag.
 *
 * @throws {@link LocalError} if it is not an image reference
 */
export function normalizeReference(reference: string): string {
  if (!/^[a-zA-Z0-9][\w.\-/:]*(@sha256:[0-9a-f]{64})?$/.test(reference)) {
    throw new LocalError(`"${reference}" is not an image reference.`, "Write it as registry/repository:tag.");
  }
  const [name, digest] = reference.split("@");
  const first = name.split("/")[0];
  const hasRegistry = name.includes("/") && (/[.:]/.test(first) || first === "localhost");
  // Docker's own images have no organization; their full names begin with `library/`.
  const full = (hasRegistry ? name : `docker.io/${name}`).replace(/^docker\.io\/(?=[^/]+$)/, "docker.io/library/");
  const hasTag = full.slice(full.lastIndexOf("/")).includes(":");
  return digest ? `${full}@${digest}` : hasTag ? full : `${full}:latest`;
}

/** Whether the cluster has an image under this reference. */
export async function hasImage({ images }: LocalCluster, reference: string): Promise<boolean> {
  return (await images.list()).includes(normalizeReference(reference));
}

/** Assembles images and imports them in one step; a shared layer is stored once. */
export async function importLayers(cluster: LocalCluster, images: readonly LayeredImage[]): Promise<void> {
  await withArchive(images, (archive) => cluster.images.importArchive(archive));
}

/** The images of a containerd of this machine. */
export class ContainerdImages {
  /** @param program - containerd's command line client, ctr */
  constructor(
    private readonly program: string,
    private readonly socket: string,
  ) {}

  async list(): Promise<string[]> {
    return (await this.ctr("images", "list", "--quiet")).trim().split("\n").filter(Boolean);
  }

  /** The images by their references, with the digests of their contents. */
  async digests(): Promise<Map<string, string>> {
    const [, ...lines] = (await this.ctr("images", "list")).trim().split("\n");
    // Reference, type and digest come first; containerd lists an image once more under the digest of its configuration.
    const all = lines.map((line) => line.split(/\s+/)).filter(([reference]) => !reference.startsWith("sha256:"));
    return new Map(all.map(([reference, , digest]) => [reference, digest]));
  }

  async importArchive(file: string): Promise<void> {
    await this.ctr("images", "import", file);
  }

  /** Writes images to a file that {@link importArchive} takes; layers that they share are in it once. */
  async exportArchive(file: string, references: readonly string[]): Promise<void> {
    await this.ctr("images", "export", file, ...references);
  }

  async tag(from: string, to: string): Promise<void> {
    await this.ctr("images", "tag", "--force", from, to);
  }

  private ctr(...args: string[]): Promise<string> {
    return run(this.program, ["--address", this.socket, "--namespace", "k8s.io", ...args]);
  }
}

/** Imports the file that `save` writes. */
export function importSaved(
  images: Pick<ImageStore, "importArchive">,
  save: (file: string) => Promise<unknown>,
): Promise<void> {
  return withTemporaryDirectory(join(cacheDirectory(), "bases"), async (temporary) => {
    const file = join(temporary, "image.tar");
    await save(file);
    await images.importArchive(file);
  });
}

/** Creates a temporary docker-archive of images, which exists while `use` runs. */
export async function withArchive<T>(
  images: readonly LayeredImage[],
  use: (archive: string) => Promise<T>,
): Promise<T> {
  return withTemporaryDirectory(dirname(images[0].layers[0]), async (temporary) => {
    const files = join(temporary, "files");
    const archive = join(temporary, "archive.tar");
    mkdirSync(files);
    await writeArchiveFiles(files, images);
    await run("tar", ["--create", "--dereference", "--file", archive, "--directory", files, "."]);
    return use(archive);
  });
}

async function writeArchiveFiles(directory: string, images: readonly LayeredImage[]): Promise<void> {
  const digests = new Map<string, string>();
  for (const layer of new Set(images.flatMap((image) => image.layers))) {
    const digest = await digestOf(layer);
    mkdirSync(join(directory, digest), { recursive: true });
    // A hard link would change the file's inode, while tar of another process reads it.
    symlinkSync(resolve(layer), join(directory, digest, "layer.tar"));
    digests.set(layer, digest);
  }
  const manifest = images.map((image) => {
    const layers = image.layers.map((layer) => digests.get(layer) as string);
    const text = JSON.stringify(imageConfiguration(image.configuration, layers));
    const config = `${createHash("sha256").update(text).digest("hex")}.json`;
    writeFileSync(join(directory, config), text);
    return {
      Config: config,
      RepoTags: [normalizeReference(image.reference)],
      Layers: layers.map((digest) => `${digest}/layer.tar`),
    };
  });
  writeFileSync(join(directory, "manifest.json"), JSON.stringify(manifest));
}

/** The configuration of an image of these layers; without a time, so that the same content has the same digest. */
export function imageConfiguration(configuration: Record<string, unknown>, layerDigests: readonly string[]): object {
  return {
    architecture: process.arch === "arm64" ? "arm64" : "amd64",
    os: "linux",
    config: configuration,
    // buildah refuses images whose history does not list each layer.
    history: layerDigests.map(() => ({ created: "1970-01-01T00:00:00Z" })),
    rootfs: { type: "layers", diff_ids: layerDigests.map((digest) => `sha256:${digest}`) },
  };
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  return hash.digest("hex");
}

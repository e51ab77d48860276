/** Layers of images that are made once for each machine. */
import { existsSync, mkdirSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";

import { run } from "./run";
import { withTemporaryDirectory } from "./temporaryDirectory";

/**
 * Makes a layer, unless it is there. The same files always give the same archive.
 *
 * @param layer - path of the archive
 * @param fill - puts files below `usr` of a folder
 */
export async function ensureLayer(layer: string, fill: (root: string) => void): Promise<void> {
  if (existsSync(layer)) return;
  await withTemporaryDirectory(dirname(layer), async (work) => {
    const root = join(work, "root");
    mkdirSync(root);
    fill(root);
    const unfinished = join(work, "layer.tar");
    const stable = ["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner"];
    await run("tar", ["--create", ...stable, "--file", unfinished, "--directory", root, "usr"]);
    renameSync(unfinished, layer);
  });
}

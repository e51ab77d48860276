/** Layers of images that are made once for each machine. */
import { existsSync, mkdirSync, readdirSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";

import { makeOnce } from "./fileLock";
import { run } from "./run";
import { withTemporaryDirectory } from "./temporaryDirectory";

/**
 * Makes a layer, unless it is there. The same files always give the same archive.
 *
 * @param layer - path of the archive
 * @param fill - puts files into a folder
 */
export async function ensureLayer(layer: string, fill: (root: string) => void): Promise<void> {
  await makeOnce(
    `${layer}.lock`,
    () => existsSync(layer),
    () => withTemporaryDirectory(dirname(layer), (work) => makeLayer(work, layer, fill)),
  );
}

async function makeLayer(work: string, layer: string, fill: (root: string) => void): Promise<void> {
  const root = join(work, "root");
  mkdirSync(root);
  fill(root);
  const unfinished = join(work, "layer.tar");
  const stable = ["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner"];
  const folders = readdirSync(root).sort();
  await run("tar", ["--create", ...stable, "--file", unfinished, "--directory", root, ...folders]);
  renameSync(unfinished, layer);
}

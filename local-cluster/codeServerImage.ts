/**
 * Creates an image of code-server for machines without access to a registry: its npm package on the distribution, in the tree of
 * upstream's image.
 */
import { chmodSync, existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { ensureBaseRoot, pathVariable } from "./baseImages";
import { makeOnce } from "./fileLock";
import type { LayeredImage } from "./imageStore";
import { cacheDirectory } from "./instance";
import { LocalError, messageOf } from "./localError";
import { requireDiskSpace } from "./machineResources";
import type { Progress } from "./progress";
import { CommandError, run } from "./run";
import { withTemporaryDirectory } from "./temporaryDirectory";

/** What upstream's image has, too, of what a session needs: git, and what lists processes. */
const packages = ["git", "procps"];

/** Whether a tag of a repository names a release that its npm package has. */
export function isCodeServer(repository: string, tag: string): boolean {
  return repository === "docker.io/codercom/code-server" && /^\d+\.\d+\.\d+$/.test(tag);
}

/** Where the layer with a release is kept. */
const layerOf = (version: string): string =>
  join(cacheDirectory(), "bases", `code-server-${version}-${process.arch}-1.tar`);

/** Whether this machine has a release of code-server already, so that its image needs nothing of npm. */
export const hasCodeServer = (version: string): boolean => existsSync(layerOf(version));

/**
 * The image: `/usr/bin/code-server`, and its tree in `/usr/lib/code-server`. It has no Node.js of its own, as upstream's does: the image
 * that is built on it brings one. Its layers are in the cache after the first time.
 *
 * @param npm - npm's program, run by this machine's Node.js
 * @throws {@link LocalError} when npm does not reach its registry
 */
export async function codeServerImage(
  reference: string,
  version: string,
  npm: string,
  progress: Progress,
): Promise<LayeredImage> {
  const base = await ensureBaseRoot(progress, packages);
  const layer = layerOf(version);
  await makeOnce(
    `${layer}.lock`,
    () => existsSync(layer),
    async () => {
      await requireDiskSpace(dirname(layer), 3, "the image of code-server");
      await withTemporaryDirectory(dirname(layer), (work) => createLayer(work, version, npm, layer, progress));
    },
  );
  return { reference, layers: [base, layer], configuration: { Env: [pathVariable], User: "1000" } };
}

async function createLayer(work: string, version: string, npm: string, layer: string, progress: Progress) {
  const root = join(work, "root");
  const folder = join(root, "usr/lib/code-server");
  mkdirSync(folder, { recursive: true });
  mkdirSync(join(root, "usr/bin"), { recursive: true });
  progress.waiting(`fetching code-server ${version} from npm (about a minute, once per machine)`);
  const npmIn = (cwd: string, ...args: string[]): Promise<string> =>
    run(process.execPath, [npm, ...args, "--no-audit", "--no-fund"], { cwd });
  try {
    const packed = await npmIn(work, "pack", "--silent", `code-server@${version}`);
    await run("tar", [
      "--extract",
      "--file",
      join(work, packed.trim().split("\n").at(-1)!),
      "--directory",
      folder,
      "--strip-components=1",
    ]);
    // The scripts of some packages want system libraries; what the editor needs of native code is in the packages.
    for (const part of ["", "lib/vscode", "lib/vscode/extensions"])
      await npmIn(join(folder, part), "install", "--omit=dev", "--ignore-scripts");
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new LocalError(
      `code-server ${version} cannot be fetched from npm: ${messageOf(error)}`,
      "Check that npm reaches its registry.",
    );
  }
  const start = '#!/bin/sh\nexec node /usr/lib/code-server/out/node/entry.js "$@"\n';
  writeFileSync(join(root, "usr/bin/code-server"), start);
  chmodSync(join(root, "usr/bin/code-server"), 0o755);
  await run("find", [folder, "-name", "*.map", "-delete"]);
  const stable = ["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner", "--mode=u=rwX,go=rX"];
  const unfinished = join(work, "layer.tar");
  await run("tar", ["--create", ...stable, "--file", unfinished, "--directory", root, "usr"]);
  renameSync(unfinished, layer);
}

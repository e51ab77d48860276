/**
 * Creates an image of geth for machines without access to a registry: the program is built from its Go module, go/geth, with the
 * path that it has in upstream's image.
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";

import { ensureBaseRoot, pathVariable } from "./baseImages";
import { ensureBuilt, type GoModule, isBuilt } from "./goModule";
import type { LayeredImage } from "./imageStore";
import type { Progress } from "./progress";
import { run } from "./run";
import { withTemporaryDirectory } from "./temporaryDirectory";

const directory = join(__dirname, "go/geth");

const gethModule: GoModule = {
  name: "geth",
  directory,
  packages: ["tool"],
  programs: ["geth"],
  // A package that it uses reaches into Go's own, which newer linkers refuse.
  linkerFlags: ["-checklinkname=0"],
  announcement: `Building geth ${gethVersion()} from source: about three minutes on two cores, once per machine.`,
};

/** The release in go/geth/go.mod, such as `v1.13.15`. */
export function gethVersion(): string {
  const text = readFileSync(join(directory, "go.mod"), "utf8");
  return /github\.com\/ethereum\/go-ethereum (v\S+)/.exec(text)![1]!;
}

/** Whether a repository's tag names the release that the local image is of. */
export function isGethSubstitute(repository: string, tag: string): boolean {
  return repository === "docker.io/ethereum/client-go" && tag === gethVersion();
}

/** Whether the program is built on this machine. */
export function gethIsBuilt(): boolean {
  return isBuilt(gethModule);
}

/** How it runs, as upstream's image says. */
export const gethConfiguration = { Env: [pathVariable], Entrypoint: ["geth"] };

/**
 * The image: the distribution's base with `/usr/local/bin/geth`. Its layer is in the cache after the first time.
 *
 * @throws {@link LocalError} when there is no Go tool chain or disk space, or the build fails
 */
export async function gethImage(reference: string, progress: Progress): Promise<Omit<LayeredImage, "configuration">> {
  const base = await ensureBaseRoot(progress);
  const programs = await ensureBuilt(gethModule, progress);
  const layer = `${programs}.tar`;
  if (!existsSync(layer)) {
    await withTemporaryDirectory(dirname(layer), async (work) => {
      const bin = join(work, "root/usr/local/bin");
      mkdirSync(bin, { recursive: true });
      copyFileSync(join(programs, "geth"), join(bin, "geth"));
      const stable = ["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner"];
      const unfinished = join(work, "layer.tar");
      await run("tar", ["--create", ...stable, "--file", unfinished, "--directory", join(work, "root"), "usr"]);
      renameSync(unfinished, layer);
    });
  }
  return { reference, layers: [base, layer] };
}

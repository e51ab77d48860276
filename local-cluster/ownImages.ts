/** Creates the images that the local cluster itself needs, from the machine's busybox and from built programs. */
import { chmodSync, copyFileSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

import type { Binaries } from "./binaries";
import type { Prefix } from "./debianPackages";
import { importLayers, normalizeReference } from "./imageStore";
import { cacheDirectory } from "./instance";
import { pauseImage } from "./nodeComponents";
import { fingerprint } from "./processes";
import { run } from "./run";
import type { LocalCluster } from "./runningCluster";
import { withTemporaryDirectory } from "./temporaryDirectory";

/** A general-purpose image of busybox: sh, httpd, nc, wget (its option -T crashes in Debian's), nslookup and so on. */
export const standInImage = "localhost/baas/stand-in:2";

/** The image of CoreDNS, named by a hash of its content. */
export function corednsImage(binaries: Binaries): string {
  // The path of a built program holds the hash of what it was built from.
  const tag = fingerprint(basename(dirname(binaries.coredns)));
  return `localhost/baas/coredns:${tag}`;
}

/** Imports missing images that the cluster itself needs. */
export async function ensureOwnImages(cluster: LocalCluster, binaries: Binaries, packages: Prefix): Promise<void> {
  const present = new Set(await cluster.images.list());
  const coredns = corednsImage(binaries);
  if (!present.has(standInImage)) await importStandInBase(cluster, packages);
  if (!present.has(pauseImage)) {
    await importProgram(cluster, pauseImage, packages.program("busybox"), "sleep", ["2147483647"]);
  }
  if (!present.has(coredns)) await importProgram(cluster, coredns, binaries.coredns, "coredns");
}

/**
 * Gives the busybox image another name, so that manifests can be tried without the real image. It contains sh, httpd, nc, wget
 * and sleep; its command is `sleep infinity`.
 *
 * @param reference - any image reference, as manifests spell it
 */
export async function importStandIn(cluster: LocalCluster, reference: string): Promise<void> {
  await cluster.images.tag(standInImage, normalizeReference(reference));
}

async function importProgram(
  cluster: LocalCluster,
  reference: string,
  program: string,
  name: string,
  args: readonly string[] = [],
): Promise<void> {
  await withRootFileSystem(async (root) => {
    copyFileSync(program, join(root, name));
    await importRoot(cluster, reference, root, { Entrypoint: [`/${name}`, ...args] });
  });
}

async function importStandInBase(cluster: LocalCluster, packages: Prefix): Promise<void> {
  const busybox = packages.program("busybox");
  await withRootFileSystem(async (root) => {
    mkdirSync(join(root, "bin"));
    mkdirSync(join(root, "etc"));
    copyFileSync(busybox, join(root, "bin/busybox"));
    const applets = (await run(busybox, ["--list"])).trim().split("\n");
    for (const applet of applets) if (applet !== "busybox") symlinkSync("busybox", join(root, "bin", applet));
    writeFileSync(join(root, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n");
    writeFileSync(join(root, "etc/group"), "root:x:0:\nnobody:x:65534:\n");
    writeFileSync(join(root, "etc/nsswitch.conf"), "passwd: files\ngroup: files\nhosts: files dns\n");
    const configuration = { Cmd: ["/bin/sleep", "infinity"], Env: ["PATH=/bin"] };
    await importRoot(cluster, standInImage, root, configuration);
  });
}

async function importRoot(
  cluster: LocalCluster,
  reference: string,
  root: string,
  configuration: Record<string, unknown>,
): Promise<void> {
  const layer = `${root}.tar`;
  await run("tar", ["--create", "--file", layer, "--directory", root, "--owner=0", "--group=0", ...readdirSync(root)]);
  await importLayers(cluster, [{ reference, layers: [layer], configuration }]);
}

function withRootFileSystem(fill: (root: string) => Promise<void>): Promise<void> {
  return withTemporaryDirectory(join(cacheDirectory(), "bases"), async (temporary) => {
    const root = join(temporary, "root");
    mkdirSync(join(root, "tmp"), { recursive: true });
    chmodSync(join(root, "tmp"), 0o1777);
    await fill(root);
  });
}

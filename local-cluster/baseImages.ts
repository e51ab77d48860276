/**
 * Root file systems of this machine's own distribution. Local images are built on them without pulling a base image.
 */
import { existsSync, readFileSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";

import { ensurePackages, imagePackages, parseOsRelease, type Prefix } from "./debianPackages";
import { makeOnce } from "./fileLock";
import { cacheDirectory } from "./instance";
import { LocalError, messageOf } from "./localError";
import { requireDiskSpace } from "./machineResources";
import type { Progress } from "./progress";
import { run } from "./run";
import { withTemporaryDirectory } from "./temporaryDirectory";

/** The search path of an image on a base root file system. */
export const pathVariable = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** One archive of apt, as `apt-get indextargets` lists it. */
const indexFormat = "$(REPO_URI) $(RELEASE) $(COMPONENT) $(ORIGIN)";

/**
 * The lines of a sources.list for the machine's own distribution, from the output of `apt-get indextargets`; other
 * vendors' archives are left out.
 */
export function distributionSources(indexTargets: string, codename: string): string {
  const lines = indexTargets
    .trim()
    .split("\n")
    .map((line) => line.split(" "))
    .filter(([, release, , origin]) => release?.startsWith(codename) && /^(Debian|Ubuntu)$/.test(origin ?? ""))
    .map(([uri, release, component]) => `deb ${uri} ${release} ${component}`);
  return [...new Set(lines)].join("\n");
}

/**
 * Creates a minimal root file system of this machine's distribution (C library, shell, certificates) with further packages
 * and their dependencies, as a tar file in the cache. An existing one is used again.
 *
 * @throws {@link LocalError} when the packages cannot be downloaded
 */
export async function ensureBaseRoot(progress: Progress, packages: readonly string[] = []): Promise<string> {
  const { codename } = parseOsRelease(readFileSync("/etc/os-release", "utf8"));
  const file = join(cacheDirectory(), "bases", `${[codename, process.arch, ...packages, 1].join("-")}.tar`);
  await makeOnce(
    `${file}.lock`,
    () => existsSync(file),
    () => makeBaseRoot(file, codename, packages, progress),
  );
  return file;
}

async function makeBaseRoot(
  file: string,
  codename: string,
  packages: readonly string[],
  progress: Progress,
): Promise<void> {
  await requireDiskSpace(cacheDirectory(), 2, "a base image");
  const tools = await ensurePackages(imagePackages, progress);
  const content = [codename, ...packages].join(" with ");
  progress.waiting(`creating a base image of ${content} (about 30 s, once per machine)`);
  try {
    await withTemporaryDirectory(dirname(file), async (temporary) => {
      const result = join(temporary, "root.tar");
      await bootstrap(tools, codename, packages, result);
      renameSync(result, file);
    });
  } catch (error) {
    throw new LocalError(
      `The base image of ${content} cannot be created: ${messageOf(error)}`,
      "Check with `apt-get update` that this machine reaches its package mirror.",
    );
  } finally {
    progress.done();
  }
}

async function bootstrap(tools: Prefix, codename: string, packages: readonly string[], file: string): Promise<void> {
  const targets = await run("apt-get", ["indextargets", "--format", indexFormat, "Created-By: Packages"]);
  const sources = distributionSources(targets, codename);
  const included = ["ca-certificates", "libstdc++6", ...packages].join(",");
  const options = ["--quiet", "--variant=minbase", "--mode=root", `--include=${included}`];
  const dropped = ["/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*"];
  // Without sources of its own mmdebstrap knows the distribution's public archive.
  const mirror = sources ? ["-"] : [];
  const exclusions = dropped.map((glob) => `--dpkgopt=path-exclude=${glob}`);
  // Java's package links its manual pages, which are left out, in there.
  const manual = '--essential-hook=mkdir -p "$1/usr/share/man/man1"';
  await run(tools.program("mmdebstrap"), [...options, ...exclusions, manual, codename, file, ...mirror], {
    input: sources,
    env: { PATH: tools.env.PATH, TMPDIR: dirname(file) },
  });
}

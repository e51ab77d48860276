/** Checks that the machine can run a local cluster, and explains to users why it cannot. */
import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";

import { binariesAreBuilt } from "./binaries";
import { parseOsRelease } from "./debianPackages";
import { cacheDirectory, describeInstance } from "./instance";
import { LocalError } from "./localError";
import { elsewhere, requireDiskSpace, requireGo, requireWritable } from "./machineResources";

/** Gibibytes that images, volumes and etcd need at least. */
const stateSpace = 3;

/**
 * The reason why this machine cannot start a local cluster of its own processes; undefined if it can. Changes nothing.
 *
 * @param stateDir - the directory of the cluster's data
 */
export async function obstacleOnHost(stateDir: string): Promise<LocalError | undefined> {
  try {
    await requireHost(stateDir);
    return undefined;
  } catch (error) {
    if (error instanceof LocalError) return error;
    throw error;
  }
}

/** The reason as a sentence, for tests that are skipped elsewhere. */
export async function whyUnsupported(): Promise<string | undefined> {
  return (await obstacleOnHost(describeInstance().stateDir))?.problem;
}

/** @throws {@link LocalError} if the system is not Debian or Ubuntu, the user is not root, a tool is missing, a folder cannot be written, or the disk is full */
async function requireHost(stateDir: string): Promise<void> {
  requireLinux();
  requireWritable(cacheDirectory());
  if (!binariesAreBuilt()) await requireGo();
  await requireDiskSpace(stateDir, stateSpace, "the local cluster");
}

/** Checks only the platform, for commands such as `down`. */
export function requireLinux(): void {
  if (process.platform !== "linux")
    throw new LocalError(`The local cluster needs Linux, not ${process.platform}.`, elsewhere);
  const release = existsSync("/etc/os-release") ? parseOsRelease(readFileSync("/etc/os-release", "utf8")) : undefined;
  if (!release || ![release.id, ...release.like].some((id) => id === "debian" || id === "ubuntu")) {
    throw new LocalError(
      `The local cluster needs Debian or Ubuntu, not ${release?.id || "an unknown system"}.`,
      elsewhere,
    );
  }
  if (process.getuid?.() !== 0) {
    throw new LocalError(
      "The local cluster needs root: it makes network namespaces and mounts.",
      `Run it with sudo. ${elsewhere}`,
    );
  }
  const missing = ["ip", "nsenter", "dpkg", "apt-get", "tar"].filter(
    (name) => programOnPath(name, ["/usr/sbin", "/sbin"]) === undefined,
  );
  if (missing.length > 0) {
    throw new LocalError(
      `Not found: ${missing.join(", ")}.`,
      "Install them: apt-get install iproute2 util-linux dpkg apt tar",
    );
  }
}

/**
 * The path of a program, if it is on the PATH.
 *
 * @param also - further folders to search
 */
export function programOnPath(name: string, also: readonly string[] = []): string | undefined {
  const folders = [...(process.env.PATH ?? "").split(delimiter).filter(Boolean), ...also];
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
}

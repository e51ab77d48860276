/** What the machine must offer for a local cluster to run on it, and what to tell the user where it does not. */
import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";

import { binariesAreBuilt } from "./binaries";
import { parseOsRelease } from "./debianPackages";
import { describeInstance } from "./instance";
import { LocalError } from "./localError";
import { elsewhere, requireDiskSpace, requireGo } from "./machineResources";

/** Gibibytes that images, volumes and etcd need at least. */
const stateSpace = 3;

/** Says why this machine cannot run a local cluster of its own processes, or nothing when it can. Looks only. */
export async function obstacle(): Promise<LocalError | undefined> {
  try {
    await requireHost(describeInstance().stateDir);
    return undefined;
  } catch (error) {
    if (error instanceof LocalError) return error;
    throw error;
  }
}

/** The same in a sentence, for tests that are skipped elsewhere. */
export async function whyUnsupported(): Promise<string | undefined> {
  return (await obstacle())?.problem;
}

/**
 * Checks the machine before anything is touched.
 *
 * @throws {@link LocalError} when the system is not Debian or Ubuntu, the user not root, a tool missing, or the disk full
 */
export async function requireHost(stateDir: string): Promise<void> {
  requireLinux();
  if (!binariesAreBuilt()) await requireGo();
  await requireDiskSpace(stateDir, stateSpace, "the local cluster");
}

/** The same for commands that only need the platform, such as `down`. */
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
 * Where a program is, if it is on the PATH.
 *
 * @param also - further folders to look in
 */
export function programOnPath(name: string, also: readonly string[] = []): string | undefined {
  const folders = [...(process.env.PATH ?? "").split(delimiter).filter(Boolean), ...also];
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
}

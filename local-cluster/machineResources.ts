/** Checks that the machine has a Go tool chain and free disk space. */
import { accessSync, constants, existsSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { dirname } from "node:path";

import { LocalError, messageOf } from "./localError";
import { tryRun } from "./run";

/** The remedy if this machine cannot run a local cluster. */
export const elsewhere = "Or use a cluster that you have (`--context NAME`), for example one made by kind or minikube.";

/**
 * Checks that programs can be built.
 *
 * @throws {@link LocalError} if the Go tool chain is missing or too old
 */
export async function requireGo(): Promise<void> {
  const remedy = `Install Go 1.24 or newer and put it on the PATH, then run this again. ${elsewhere}`;
  const { code, stdout } = await tryRun("go", ["env", "GOVERSION"]).catch(() => ({ code: 1, stdout: "" }));
  if (code !== 0)
    throw new LocalError("There is no Go tool chain here; the local Kubernetes is built from source.", remedy);
  const [, major, minor] = /go(\d+)\.(\d+)/.exec(stdout) ?? [];
  if (Number(major) < 1 || (Number(major) === 1 && Number(minor) < 24)) {
    throw new LocalError(`The Go tool chain is too old (${stdout.trim()}).`, remedy);
  }
}

/**
 * Checks that an existing or new directory can be written.
 *
 * @returns the part of its path that exists
 * @throws {@link LocalError} if not, with the place and the reason
 */
export function requireWritable(directory: string): string {
  let existing = directory;
  while (!existsSync(existing)) existing = dirname(existing);
  try {
    // The slash refuses a file.
    accessSync(`${existing}/`, constants.W_OK | constants.X_OK);
    return existing;
  } catch (error) {
    throw new LocalError(
      `Nothing can be written in ${directory}: ${messageOf(error)}.`,
      `Make ${existing} a writable folder, or point XDG_CACHE_HOME (builds) or the clone (data) at another place.`,
    );
  }
}

/**
 * Checks the free disk space at the path of an existing or new directory, and that it can be written.
 *
 * @param gibibytes - required free space
 * @throws {@link LocalError} if less is free, with the free and the required space
 */
export async function requireDiskSpace(directory: string, gibibytes: number, purpose: string): Promise<void> {
  const existing = requireWritable(directory);
  const { bavail, bsize } = await statfs(existing);
  const free = (bavail * bsize) / 2 ** 30;
  if (free < gibibytes) {
    throw new LocalError(
      `The disk of ${existing} has ${free.toFixed(1)} GiB free; ${purpose} needs ${gibibytes}.`,
      "Free some space, or point XDG_CACHE_HOME (builds) or the clone (data) at another disk.",
    );
  }
}

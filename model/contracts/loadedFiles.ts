/** How a container tells which files of a ConfigMap it has loaded, without a restart of its pod. */
import { createHash } from "node:crypto";

import { group } from "./apiGroup";

/** On a ConfigMap: the container that loads its files in running pods, and logs {@link loadedLine}. */
export const loadedByAnnotation = `${group}/loaded-by`;

/** On a pod: the files that it should load. A change of any annotation has the kubelet update the pod's volumes at once. */
export const toLoadAnnotation = `${group}/to-load`;

/** A digest of the files of a ConfigMap, by name. */
export function filesDigest(files: Readonly<Record<string, string>>): string {
  const entries = Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256").update(JSON.stringify(entries)).digest("hex").slice(0, 16);
}

const start = "serves files ";

/** The line that a container logs when it has loaded files, and again every hour at least. */
export const loadedLine = (digest: string): string => `${start}${digest}`;

/** The digest in the last such line of a log. */
export function lastLoaded(log: string): string | undefined {
  return log
    .split("\n")
    .filter((line) => line.startsWith(start))
    .at(-1)
    ?.slice(start.length);
}

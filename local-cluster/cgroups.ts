/** Creates, lists and removes the Linux control groups of a local cluster's node, in version 1 and 2. */
import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** The mount points of all control group hierarchies, from the text of /proc/self/mountinfo. */
export function hierarchies(mountinfo: string): { mountPoint: string; unified: boolean }[] {
  return mountinfo
    .split("\n")
    .map((line) => line.split(" "))
    .map((fields) => ({ mountPoint: fields[4], type: fields[fields.indexOf("-") + 1] }))
    .filter(({ type }) => type === "cgroup" || type === "cgroup2")
    .map(({ mountPoint, type }) => ({ mountPoint, unified: type === "cgroup2" }));
}

function groupDirectories(name: string): { directory: string; unified: boolean }[] {
  return hierarchies(readFileSync("/proc/self/mountinfo", "utf8")).map(({ mountPoint, unified }) => ({
    directory: join(mountPoint, name),
    unified,
  }));
}

/** Creates the group in all hierarchies; in version 2 with all controllers for its children. */
export function createGroup(name: string): void {
  for (const { directory, unified } of groupDirectories(name)) {
    mkdirSync(directory, { recursive: true });
    if (!unified) continue;
    const controllers = readFileSync(join(directory, "../cgroup.controllers"), "utf8").trim().split(" ");
    for (const parent of [dirname(directory), directory]) {
      for (const controller of controllers.filter(Boolean)) {
        // If the kubelet needs a controller that is missing here, it reports a clear error.
        try {
          writeFileSync(join(parent, "cgroup.subtree_control"), `+${controller}`);
        } catch {
          continue;
        }
      }
    }
  }
}

/** The processes in the group and below it. */
export function processesIn(name: string): number[] {
  const found = new Set<number>();
  for (const { directory } of groupDirectories(name)) {
    for (const group of withDescendants(directory)) {
      for (const pid of readIfThere(join(group, "cgroup.procs")).split("\n").filter(Boolean)) found.add(Number(pid));
    }
  }
  return [...found];
}

/** Removes the group and everything below it. Groups that still have processes stay and are returned. */
export function removeGroup(name: string): string[] {
  const left: string[] = [];
  for (const { directory } of groupDirectories(name)) {
    for (const group of withDescendants(directory)) {
      try {
        rmdirSync(group);
      } catch {
        left.push(group);
      }
    }
  }
  return left;
}

/** A directory tree, the deepest first. */
function withDescendants(directory: string): string[] {
  try {
    const below = readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .flatMap((entry) => withDescendants(join(directory, entry.name)));
    return [...below, directory];
  } catch {
    // Groups of ending pods may disappear meanwhile.
    return [];
  }
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

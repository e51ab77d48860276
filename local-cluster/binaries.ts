/**
 * Builds the programs of the local cluster from the Go modules in go/.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

import { cacheDirectory } from "./instance";
import { LocalError, messageOf } from "./localError";
import { requireDiskSpace, requireGo } from "./machineResources";
import type { Progress } from "./progress";
import { CommandError, run } from "./run";
import { renameIfAbsent, withTemporaryDirectory } from "./temporaryDirectory";

/** The Kubernetes release; the same as in go/kubernetes/go.mod. */
export const kubernetesVersion = "v1.34.4";

/** One Go module of this folder, and the programs that are built from it. */
interface Module {
  directory: string;
  packages: string[];
  /** Program names as built, in the order of the sorted package paths. */
  programs: string[];
  linkerFlags: string[];
  /** The message before a build that takes minutes. */
  announcement?: string;
}

const goDirectory = join(__dirname, "go");

const [, minor] = kubernetesVersion.split(".");

const modules: Module[] = [
  { directory: "helper", packages: ["."], programs: ["helper"], linkerFlags: [] },
  {
    directory: "kubernetes",
    packages: ["tool"],
    programs: [
      "kube-apiserver",
      "kube-controller-manager",
      "kube-proxy",
      "kube-scheduler",
      "kubectl",
      "kubelet",
      // Go names a program by the last part of the package path that is not a version.
      "server",
    ],
    linkerFlags: [
      `-X k8s.io/component-base/version.gitVersion=${kubernetesVersion}`,
      "-X k8s.io/component-base/version.gitMajor=1",
      `-X k8s.io/component-base/version.gitMinor=${minor}`,
      "-X k8s.io/component-base/version.gitTreeState=clean",
    ],
    announcement: `Building Kubernetes ${kubernetesVersion} and etcd from source: about ten minutes on two cores, once per machine.`,
  },
  {
    directory: "addons",
    packages: ["tool", "./coredns", "./networkpolicy"],
    programs: ["coredns", "local-path-provisioner", "networkpolicy"],
    linkerFlags: [],
    announcement: "Building CoreDNS, the volume provisioner and the network policy controller: about two minutes.",
  },
];

/** The name of a program that is built here. */
export type ProgramName =
  | "kube-apiserver"
  | "kube-controller-manager"
  | "kube-proxy"
  | "kube-scheduler"
  | "kubectl"
  | "kubelet"
  | "etcd"
  | "coredns"
  | "local-path-provisioner"
  | "networkpolicy"
  | "helper";

/** The absolute paths of all built programs. */
export type Binaries = Record<ProgramName, string>;

/** The paths of this clone's programs, built or not. */
export function builtBinaries(): Binaries {
  const paths: Record<string, string> = {};
  for (const module of modules) {
    for (const program of module.programs) {
      paths[program === "server" ? "etcd" : program] = join(moduleCache(module), program);
    }
  }
  return paths as Binaries;
}

/** Whether all programs are built. */
export function binariesAreBuilt(): boolean {
  return modules.every((module) => existsSync(moduleCache(module)));
}

/**
 * Builds missing programs. The programs of a module appear together, so an interrupted build leaves nothing incomplete. The
 * next build continues from Go's own build cache.
 *
 * @throws {@link LocalError} when there is no Go tool chain or disk space, or a build fails
 */
export async function ensureBinaries(progress: Progress): Promise<Binaries> {
  for (const module of modules.filter((each) => !existsSync(moduleCache(each)))) {
    await requireGo();
    await requireDiskSpace(cacheDirectory(), 6, "building Kubernetes");
    if (module.announcement) progress.line(module.announcement);
    await build(module, progress);
  }
  return builtBinaries();
}

async function build(module: Module, progress: Progress): Promise<void> {
  const target = moduleCache(module);
  const flags = ["-trimpath", "-buildvcs=false", "-mod=readonly", `-ldflags=${linkerFlags(module)}`];
  let compiled = 0;
  const compiling = (details: string[] = []) =>
    progress.waiting(`compiling ${module.directory}: ${compiled} packages`, details);
  compiling();
  try {
    await withTemporaryDirectory(dirname(target), async (temporary) => {
      const programs = join(temporary, "programs");
      // Go prints each module that it downloads, and with -v each package that it compiles.
      await run("go", ["build", "-v", ...flags, "-o", `${programs}/`, ...module.packages], {
        cwd: join(goDirectory, module.directory),
        env: { CGO_ENABLED: "0", GOFLAGS: "", GOWORK: "off" },
        onLine: (line) => {
          if (line.startsWith("go: ")) return compiling([line]);
          compiled++;
          compiling();
        },
      });
      const missing = module.programs.filter((program) => !existsSync(join(programs, program)));
      if (missing.length > 0) throw new Error(`go build did not create ${missing.join(", ")}`);
      renameIfAbsent(programs, target);
    });
  } catch (error) {
    throw new LocalError(
      `Building ${module.directory} failed: ${error instanceof CommandError ? error.output : messageOf(error)}`,
      "Check that `go` reaches its module proxy and that the disk is not full; compiled packages are kept.",
    );
  } finally {
    progress.done();
  }
}

/** The directory of a module's programs, named by a hash of their sources. */
function moduleCache(module: Module): string {
  const directory = join(goDirectory, module.directory);
  const hash = createHash("sha256");
  for (const file of sourceFiles(directory)) {
    hash
      .update(`${relative(directory, file)}\0`)
      .update(readFileSync(file))
      .update("\0");
  }
  hash.update(linkerFlags(module));
  const key = `${module.directory}-${process.arch}-${hash.digest("hex").slice(0, 12)}`;
  return join(cacheDirectory(), "bin", key);
}

function sourceFiles(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((name) => /(\.go|go\.mod|go\.sum)$/.test(name))
    .sort()
    .map((name) => join(directory, name));
}

function linkerFlags(module: Module): string {
  return ["-s", "-w", ...module.linkerFlags].join(" ");
}

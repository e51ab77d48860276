/**
 * The programs of the local cluster that are built from source, from the Go modules in go/: which there are, where they
 * lie, and how they are built.
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
  /** How the build is announced, when it takes minutes. */
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
      // Named by the last part of the module path that is no version.
      "server",
    ],
    linkerFlags: [
      `-X k8s.io/component-base/version.gitVersion=${kubernetesVersion}`,
      "-X k8s.io/component-base/version.gitMajor=1",
      `-X k8s.io/component-base/version.gitMinor=${minor}`,
      "-X k8s.io/component-base/version.gitTreeState=clean",
    ],
    announcement: `Building Kubernetes ${kubernetesVersion} and etcd from source: some ten minutes on two cores, once per machine.`,
  },
  {
    directory: "addons",
    packages: ["tool", "./coredns", "./networkpolicy"],
    programs: ["coredns", "local-path-provisioner", "networkpolicy"],
    linkerFlags: [],
    announcement: "Building CoreDNS, the volume provisioner and the network policy controller: some two minutes.",
  },
];

/** A program that is built here, by the name its parts of the code use. */
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

/** Where the programs of this clone's go.mod files lie, or will lie when they are built. */
export function builtBinaries(): Binaries {
  const paths: Record<string, string> = {};
  for (const module of modules) {
    for (const program of module.programs) {
      paths[program === "server" ? "etcd" : program] = join(moduleCache(module), program);
    }
  }
  return paths as Binaries;
}

/** Whether nothing has to be built any more. */
export function binariesAreBuilt(): boolean {
  return modules.every((module) => existsSync(moduleCache(module)));
}

/**
 * Builds what is not built yet. The programs of one module appear together or not at all, so that an interrupted build
 * leaves nothing broken; Go's own build cache lets the next one go on where it was.
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
      // Prints each module as it is downloaded, and -v each package as it is compiled.
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
      if (missing.length > 0) throw new Error(`go build made no ${missing.join(", ")}`);
      renameIfAbsent(programs, target);
    });
  } catch (error) {
    throw new LocalError(
      `Building ${module.directory} failed: ${error instanceof CommandError ? error.output : messageOf(error)}`,
      "Check that `go` reaches its module proxy and that the disk is not full; what is already compiled is kept.",
    );
  } finally {
    progress.done();
  }
}

/** The directory of a module's programs, named by everything that goes into them. */
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

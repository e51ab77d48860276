/**
 * Builds the programs of the local cluster from the Go modules in go/.
 */
import { join } from "node:path";

import { ensureBuilt, type GoModule, isBuilt, programsOf } from "./goModule";
import type { Progress } from "./progress";

/** The Kubernetes release; the same as in go/kubernetes/go.mod. */
export const kubernetesVersion = "v1.34.4";

const [, minor] = kubernetesVersion.split(".");

const own = (name: string) => ({ name, directory: join(__dirname, "go", name) });

const modules: GoModule[] = [
  { ...own("helper"), packages: ["."], programs: ["helper"], linkerFlags: [] },
  {
    ...own("kubernetes"),
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
    ...own("addons"),
    packages: ["./coredns", "./networkpolicy", "./volumes"],
    programs: ["coredns", "networkpolicy", "volumes"],
    linkerFlags: [],
    announcement: "Building CoreDNS, the network policy controller and the volume provisioner: about two minutes.",
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
  | "networkpolicy"
  | "volumes"
  | "helper";

/** The absolute paths of all built programs. */
export type Binaries = Record<ProgramName, string>;

/** The paths of this clone's programs, built or not. */
export function builtBinaries(): Binaries {
  const paths: Record<string, string> = {};
  for (const module of modules) {
    for (const program of module.programs) {
      paths[program === "server" ? "etcd" : program] = join(programsOf(module), program);
    }
  }
  return paths as Binaries;
}

/** Whether all programs are built. */
export function binariesAreBuilt(): boolean {
  return modules.every(isBuilt);
}

/**
 * Builds missing programs.
 *
 * @throws {@link LocalError} when there is no Go tool chain or disk space, or a build fails
 */
export async function ensureBinaries(progress: Progress): Promise<Binaries> {
  for (const module of modules) await ensureBuilt(module, progress);
  return builtBinaries();
}

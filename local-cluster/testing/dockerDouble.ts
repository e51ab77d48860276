/** Doubles of docker, kind and kubectl: scripts that come first on the PATH, record calls, and simulate the programs. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

/** The state of the double; tests may change it. */
export interface DockerState {
  /** Whether the engine answers. */
  answers: boolean;
  /** Containers by name: whether they run, and the paths of their mounts. */
  containers: Record<string, { isRunning: boolean; mounts: string[] }>;
  /** Images that the engine has. */
  images: string[];
  /** Images that the node of the kind cluster has. */
  nodeImages: string[];
  /** The error of `kind create cluster`, and whether it leaves the container behind, as when it is killed. */
  kindFails?: { says: string; leavesContainer: boolean };
  /** The last configuration for kind. */
  kindConfiguration?: any;
}

/** The double. It hides the machine's own programs until {@link DockerDouble.remove}. */
export class DockerDouble {
  private readonly folder = mkdtempSync(join(tmpdir(), "baas-docker-"));
  private readonly pathBefore = process.env.PATH;

  /**
   * @param programs - which of the three there are
   * @param also - further folders of programs
   */
  constructor(programs: readonly string[] = ["docker", "kind", "kubectl"], also: readonly string[] = []) {
    this.writeState({ answers: true, containers: {}, images: [], nodeImages: [] });
    writeFileSync(this.callsFile, "");
    const bin = join(this.folder, "bin");
    mkdirSync(bin);
    for (const program of programs) {
      const command = [process.execPath, join(__dirname, "dockerScript.cjs"), this.folder, program];
      writeFileSync(join(bin, program), `#!/bin/sh\nexec ${command.map((word) => `'${word}'`).join(" ")} "$@"\n`);
      chmodSync(join(bin, program), 0o755);
    }
    process.env.PATH = [bin, ...also].join(delimiter);
  }

  get state(): DockerState {
    return JSON.parse(readFileSync(this.stateFile, "utf8"));
  }

  change(part: Partial<DockerState>): void {
    this.writeState({ ...this.state, ...part });
  }

  /** Command lines since the last call of this or {@link calls}. */
  allCalls(): string[] {
    const lines = readFileSync(this.callsFile, "utf8").split("\n").filter(Boolean);
    writeFileSync(this.callsFile, "");
    return lines;
  }

  /** Those without the ones that only read. */
  calls(): string[] {
    const looks = /^docker (version|container inspect|exec \S+ ctr --namespace=k8s.io images list)|^kubectl (get|wait)/;
    return this.allCalls().filter((line) => !looks.test(line));
  }

  remove(): void {
    process.env.PATH = this.pathBefore;
    rmSync(this.folder, { recursive: true, force: true });
  }

  private writeState(state: DockerState): void {
    writeFileSync(this.stateFile, JSON.stringify(state));
  }

  private get stateFile(): string {
    return join(this.folder, "state");
  }

  private get callsFile(): string {
    return join(this.folder, "calls");
  }
}

/** A Docker engine with kind and kubectl beside it, as scripts that come first on the PATH: they record calls and behave. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

/** What the double has and how it behaves; tests change it as they like. */
export interface DockerState {
  /** Whether the engine answers. */
  answers: boolean;
  /** By name: whether it runs, and at which paths something is mounted. */
  containers: Record<string, { isRunning: boolean; mounts: string[] }>;
  /** Images that the engine has. */
  images: string[];
  /** Images that the node of the kind cluster has. */
  nodeImages: string[];
  /** What `kind create cluster` fails with, and whether it leaves the container behind, as when it is killed. */
  kindFails?: { says: string; leavesContainer: boolean };
  /** The last configuration that kind was given. */
  kindConfiguration?: any;
}

/** The double; it is in the way of the machine's own programs until {@link DockerDouble.remove}. */
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

  /** Command lines since this was called last, without those that only look. */
  calls(): string[] {
    const lines = readFileSync(this.callsFile, "utf8").split("\n").filter(Boolean);
    writeFileSync(this.callsFile, "");
    const looks = /^docker (version|container inspect|exec \S+ ctr --namespace=k8s.io images list)|^kubectl (get|wait)/;
    return lines.filter((line) => !looks.test(line));
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

/**
 * A local cluster with the images of real Fabric or Besu, for tests of whole stacks. The images come from release archives.
 * FABRIC_ARCHIVES lists them with ":" between (hyperledger-fabric-linux-amd64-….tar.gz:hyperledger-fabric-ca-linux-amd64-….tar.gz),
 * and so does BESU_ARCHIVES (besu-….tar.gz). With both, a cluster for Besu has the platform's CA, which monitoring needs.
 */
import { afterAll, beforeAll, expect, it, type TestContext, vi } from "vitest";

import { apply, type ApplyResult } from "../../cli/engine/apply/apply";
import { destroy } from "../../cli/engine/apply/destroy";
import { whyUnsupported } from "../../local-cluster/host";
import { down, up } from "../../local-cluster/localCluster";
import type { Progress } from "../../local-cluster/progress";
import { loadArchive } from "../../local-cluster/releaseArchive";
import { run } from "../../local-cluster/run";
import type { LocalCluster } from "../../local-cluster/runningCluster";
import { policyPackIn } from "../../policies/pack";
import { ProjectCopy } from "../projectCopy";

const minutes = 60_000;

/** What a cluster's stacks run, and so which images are loaded. Geth is built. */
export type Ledger = "fabric" | "besu" | "geth";

const archivesOf: Partial<Record<Ledger, { variable: string; what: string }>> = {
  fabric: { variable: "FABRIC_ARCHIVES", what: "release archives of Fabric and Fabric CA" },
  besu: { variable: "BESU_ARCHIVES", what: "release archives of Besu" },
};

/** A condition of a custom resource. */
export interface Condition {
  status: string;
  reason: string;
  message: string;
  /** Whether it is about the object's present generation. */
  current: boolean;
}

/** A cluster, and a copy of the project that is applied to it. Starts before a file's tests and stops after them. */
export class FabricCluster {
  /** All output of the commands. */
  readonly said: string[] = [];
  cluster!: LocalCluster;
  project!: ProjectCopy;
  /** Whether the platform's own CA runs: it has its image from FABRIC_ARCHIVES. */
  hasPlatformCa = false;
  private skipReason: string | undefined;
  private readonly instance: string;

  /**
   * @param instance - name of the local cluster; it is purged at the end, unless BAAS_TEST_INSTANCE names another one
   * @param nodes - how many nodes of Kubernetes it has
   * @param ledger - what its stacks run; without its archives, the tests are skipped
   */
  constructor(
    instance: string,
    private readonly nodes = 1,
    private readonly ledger: Ledger = "fabric",
  ) {
    this.instance = process.env.BAAS_TEST_INSTANCE ?? instance;
    beforeAll(() => this.start());
    afterAll(() => this.stop());
  }

  /** Declares a test, which is skipped without a cluster or archives. */
  test(name: string, body: (ctx: TestContext) => Promise<void>, timeout = 10 * minutes): void {
    it(name, { timeout }, (ctx) => (this.skipReason === undefined ? body(ctx) : ctx.skip(this.skipReason)));
  }

  /** Runs kubectl as the administrator. */
  kubectl(...args: string[]): Promise<string> {
    return this.kubectlWith("", ...args);
  }

  /** Runs kubectl with a standard input. */
  kubectlWith(input: string, ...args: string[]): Promise<string> {
    return run(this.cluster.kubectl, ["--kubeconfig", this.cluster.kubeconfig, ...args], { input });
  }

  /** The items that `kubectl get` lists. */
  async list(...args: string[]): Promise<any[]> {
    return JSON.parse(await this.kubectl("get", ...args, "-o", "json")).items;
  }

  /** Does what `baas apply` does. */
  apply(stack: string, timeoutMs = 5 * minutes): Promise<ApplyResult> {
    const { dir } = this.project;
    return apply({ projectDir: dir, stack, policies: policyPackIn(dir), timeoutMs, progress: this.progress });
  }

  /** Does what `baas destroy` does. */
  destroy(stack: string, options: { purge?: boolean } = {}) {
    return destroy({
      projectDir: this.project.dir,
      stack,
      timeoutMs: 5 * minutes,
      progress: this.progress,
      ...options,
    });
  }

  /** The condition Ready of a custom resource. */
  async condition(namespace: string, kind: string, name: string): Promise<Condition | undefined> {
    const { metadata, status } = JSON.parse(await this.kubectl("-n", namespace, "get", kind, name, "-o", "json"));
    const ready = status?.conditions?.find(({ type }: { type: string }) => type === "Ready");
    return ready && { ...ready, current: status.observedGeneration === metadata.generation };
  }

  /** Waits until the condition Ready has a reason; returns its message. */
  async untilReason(namespace: string, kind: string, name: string, reason: string): Promise<string> {
    let found: Condition | undefined;
    await vi.waitFor(
      async () => {
        found = await this.condition(namespace, kind, name);
        expect(found).toMatchObject({ reason, current: true });
      },
      { timeout: 3 * minutes, interval: 300 },
    );
    return found!.message;
  }

  private get progress(): Progress {
    const say = (text: string, details: readonly string[] = []): void => void this.said.push(text, ...details);
    return { line: say, waiting: say, done: () => undefined };
  }

  private async start(): Promise<void> {
    this.skipReason = await whyUnsupported();
    const needed = archivesOf[this.ledger];
    const archives = needed === undefined ? "" : process.env[needed.variable];
    if (archives === undefined) this.skipReason ??= `${needed!.variable} is not set: ${needed!.what}`;
    if (this.skipReason !== undefined) return;
    this.cluster = await up({ type: "debian", name: this.instance });
    const wanted = [...listed(archives), ...this.archivesOfCa()];
    this.hasPlatformCa = this.ledger === "fabric" || wanted.some(isOfCa);
    for (const archive of wanted) await loadArchive(this.cluster, archive);
    // Further nodes copy the images.
    if (this.nodes > 1) this.cluster = await up({ name: this.instance, nodes: this.nodes });
    this.project = new ProjectCopy();
    this.project.edit("stacks/environments/local.yaml", "context: baas-local", `context: ${this.cluster.context}`);
    // Without Fabric's images, the platform's own CA waits for its image; its controller runs.
    const [end, waiting] = this.hasPlatformCa ? ["ready", []] : [expect.any(String), expect.any(Array)];
    expect(await this.apply("platform-local")).toMatchObject({ end, notReady: waiting });
  }

  /** Beside Besu, monitoring needs Fabric's CA alone. */
  private archivesOfCa(): string[] {
    return this.ledger === "besu" ? listed(process.env.FABRIC_ARCHIVES).filter(isOfCa) : [];
  }

  private async stop(): Promise<void> {
    if (this.skipReason !== undefined) return;
    this.project?.remove();
    if (process.env.BAAS_TEST_INSTANCE !== undefined) return;
    await down({ name: this.instance, purge: true });
  }
}

/** Paths with ":" between. */
const listed = (paths = ""): string[] => paths.split(":").filter((path) => path !== "");

const isOfCa = (archive: string): boolean => /fabric-ca[^/]*$/.test(archive);

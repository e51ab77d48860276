/** A client in a network's namespace, for tests that need one: a pod like that of the smoke test, with its identity. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { build } from "esbuild";

import type { LocalCluster } from "../../../infra/local/cluster";
import { run } from "../../../infra/local/run";
import type { Endpoint, Ledger, Order, Submission } from "./program";

/** A steady load that is under way. */
export interface Load {
  /** All that has ended so far. */
  readonly submissions: readonly Submission[];
  /** Starts no more, waits for those under way, and returns all. */
  stop(): Promise<Submission[]>;
}

/** A pod from which transactions are submitted and ledgers read. */
export class LoadPod {
  private constructor(
    private readonly cluster: LocalCluster,
    private readonly namespace: string,
    private readonly name: string,
    private readonly program: string,
  ) {}

  /**
   * Starts one.
   *
   * @param job - the smoke test whose pod it is like, such as `asset-transfer-1-0-smoke-test`
   */
  static async start(cluster: LocalCluster, namespace: string, job: string): Promise<LoadPod> {
    const { outputFiles } = await build({
      entryPoints: [join(__dirname, "program.ts")],
      bundle: true,
      platform: "node",
      target: "node20",
      // For keys in hardware; a native addon.
      external: ["pkcs11js"],
      write: false,
      logLevel: "warning",
    });
    const pod = new LoadPod(cluster, namespace, `load-${Date.now().toString(36)}`, outputFiles[0]!.text);
    const { spec } = JSON.parse(await pod.kubectl(["get", "job", job, "-o", "json"]));
    const { metadata, spec: podSpec } = spec.template;
    const inherited = Object.entries(metadata.labels).filter(([name]) => !/job-name|controller-uid/.test(name));
    const labels = { ...Object.fromEntries(inherited), "app.kubernetes.io/instance": pod.name };
    // The smoke test's own goes when the chaincode is upgraded.
    const networkPolicy = {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name: pod.name, namespace, labels },
      spec: {
        podSelector: { matchLabels: labels },
        policyTypes: ["Egress"],
        egress: [{ ports: [7051, 7054].map((port) => ({ port })) }],
      },
    };
    const [container] = podSpec.containers;
    const manifest = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: pod.name, namespace, labels },
      spec: {
        ...podSpec,
        containers: [
          {
            ...container,
            command: ["node", "-e", "process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1e6)"],
            volumeMounts: [...container.volumeMounts, { name: "tmp", mountPath: "/tmp" }],
            resources: { requests: { cpu: "10m", memory: "64Mi" }, limits: { cpu: "1", memory: "512Mi" } },
          },
        ],
        volumes: [...podSpec.volumes, { name: "tmp", emptyDir: {} }],
      },
    };
    await pod.kubectl(
      ["apply", "-f", "-"],
      JSON.stringify({ kind: "List", apiVersion: "v1", items: [networkPolicy, manifest] }),
    );
    await pod.kubectl(["wait", "--for=condition=Ready", `pod/${pod.name}`, "--timeout=120s"]);
    return pod;
  }

  /** Starts to submit transactions at a steady rate. */
  submit(ratePerSecond: number, seconds = 600): Load {
    const submissions: Submission[] = [];
    const prefix = `load-${Date.now().toString(36)}`;
    const ended = this.execute<Submission>({ command: "submit", ratePerSecond, seconds, prefix }, (line) =>
      submissions.push(line),
    );
    return {
      submissions,
      stop: async () => {
        await this.kubectl([
          "exec",
          this.name,
          "-c",
          "smoke-test",
          "--",
          "node",
          "-e",
          "fs.writeFileSync('/tmp/stop', '')",
        ]);
        await ended;
        return submissions;
      },
    };
  }

  /** Every peer's copy of the channel. */
  async ledgers(): Promise<Ledger[]> {
    const ledgers: Ledger[] = [];
    await this.execute<Ledger>({ command: "ledgers" }, (line) => ledgers.push(line));
    return ledgers;
  }

  /** What the chaincode answers, asked through a peer. */
  async call(via: string, ...args: string[]): Promise<string> {
    let answer = "";
    await this.execute<{ answer: string }>({ command: "call", via, args }, (line) => (answer = line.answer));
    return answer;
  }

  async remove(): Promise<void> {
    await this.kubectl(["delete", `pod/${this.name}`, `networkpolicy/${this.name}`, "--grace-period=1"]);
  }

  private async execute<T>(order: Order, onLine: (line: T) => void): Promise<void> {
    const env = `LOAD=${JSON.stringify({ order, peers: await this.peers() })}`;
    const args = ["--kubeconfig", this.cluster.kubeconfig, "-n", this.namespace, "exec", "-i", this.name];
    const child = spawn(this.cluster.kubectl, [...args, "-c", "smoke-test", "--", "env", env, "node", "-"]);
    let complaints = "";
    child.stderr.on("data", (bytes: Buffer) => (complaints += bytes.toString()));
    createInterface({ input: child.stdout }).on("line", (line) => onLine(JSON.parse(line) as T));
    child.stdin.end(this.program);
    const [code] = (await once(child, "close")) as [number];
    if (code !== 0)
      throw new Error(`${order.command} in pod ${this.name} ended with ${code}: ${complaints.slice(-2000)}`);
  }

  /** All peers of the one channel, as it is now. */
  private async peers(): Promise<Endpoint[]> {
    const [channel] = JSON.parse(await this.kubectl(["get", "channels", "-o", "json"])).items;
    return channel.spec.organizations.flatMap(({ name, peers }: { name: string; peers: Endpoint[] }) =>
      peers.map((peer) => ({ ...peer, organization: name })),
    );
  }

  private kubectl(args: string[], input?: string): Promise<string> {
    return run(this.cluster.kubectl, ["--kubeconfig", this.cluster.kubeconfig, "-n", this.namespace, ...args], {
      ...(input !== undefined && { input }),
    });
  }
}

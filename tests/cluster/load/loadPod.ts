/** A client in a network's namespace: a pod like that of the smoke test, with its identity. */
import { instanceLabel } from "../../../model/contracts/labels";
import type { Endpoint } from "./clientProgram";
import { bundledClientProgram, LoadClient, type ReachedCluster } from "./loadClient";

/** Where a pod runs, and addresses at which it reaches the peers instead of those of the channel. */
export interface PodAccess {
  nodeName?: string;
  hostAliases?: { ip: string; hostnames: string[] }[];
  reach?: (peer: Endpoint) => Endpoint;
}

/** A pod from which transactions are submitted and ledgers read. */
export class LoadPod extends LoadClient {
  private constructor(
    cluster: ReachedCluster,
    namespace: string,
    program: string,
    private readonly name: string,
    private readonly access: PodAccess,
  ) {
    super(cluster, namespace, program);
  }

  /**
   * Starts one.
   *
   * @param job - the smoke test whose pod serves as template, such as `asset-transfer-1-0-smoke-test`
   */
  static async start(
    cluster: ReachedCluster,
    namespace: string,
    job: string,
    access: PodAccess = {},
  ): Promise<LoadPod> {
    const pod = new LoadPod(
      cluster,
      namespace,
      await bundledClientProgram(),
      `load-${Date.now().toString(36)}`,
      access,
    );
    const { spec } = JSON.parse(await pod.kubectl(["get", "job", job, "-o", "json"]));
    const { metadata, spec: podSpec } = spec.template;
    const inherited = Object.entries(metadata.labels).filter(([name]) => !/job-name|controller-uid/.test(name));
    const labels = { ...Object.fromEntries(inherited), [instanceLabel]: pod.name };
    // The smoke test's own is deleted when the chaincode is upgraded.
    const networkPolicy = {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name: pod.name, namespace, labels },
      spec: {
        podSelector: { matchLabels: labels },
        policyTypes: ["Egress"],
        egress: [{ ports: [7050, 7051, 7054, 8443].map((port) => ({ port })) }],
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
            // Of the image it is what one smoke test needs; calls pile up here while a network is away.
            env: [...(container.env ?? []), { name: "NODE_OPTIONS", value: "--max-old-space-size=384" }],
            volumeMounts: [...container.volumeMounts, { name: "tmp", mountPath: "/tmp" }],
            resources: { requests: { cpu: "10m", memory: "64Mi" }, limits: { cpu: "1", memory: "512Mi" } },
          },
        ],
        ...(access.nodeName !== undefined && { nodeSelector: { "kubernetes.io/hostname": access.nodeName } }),
        hostAliases: access.hostAliases ?? [],
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

  /** Deletes the pod. */
  async remove(): Promise<void> {
    await this.kubectl(["delete", `pod/${this.name}`, `networkpolicy/${this.name}`, "--grace-period=1"]);
  }

  protected override reach(peer: Endpoint): Endpoint {
    return this.access.reach?.(peer) ?? peer;
  }

  protected override commandLine(variables: Record<string, string>): string[] {
    const env = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
    const { kubectl, kubeconfig } = this.cluster;
    const pod = [this.name, "-c", "smoke-test"];
    return [
      kubectl,
      "--kubeconfig",
      kubeconfig,
      "-n",
      this.namespace,
      "exec",
      "-i",
      ...pod,
      "--",
      "env",
      ...env,
      "node",
      "-",
    ];
  }

  protected override async requestStop(): Promise<void> {
    const stop = ["node", "-e", "fs.writeFileSync('/tmp/stop', '')"];
    await this.kubectl(["exec", this.name, "-c", "smoke-test", "--", ...stop]);
  }
}

/** For tests: the pods of a network's nodes, with the keys on their volumes, and what their init containers do with these. */
import type { NodeTls } from "../../../../fabric/src/testing/networkDouble";
import { newKeysRequestedAnnotation, templateHashAnnotation } from "../../../../model/contracts/annotations";
import { anyNewKeys, type KeyReport, newKeysKeys } from "../../../../model/contracts/enrolment";
import { enrolmentSecretName } from "../../../../model/contracts/names";
import type { RolloutNode } from "../../../../model/customResources/rollout";
import type { KubernetesDouble } from "../../../common/testing/kubernetesDouble";
import { certificateKeyHash } from "../consenterKeys";
import { collections } from "../resources";
import { testNode } from "../rollouts/testing/nodesDouble";
import { testNamespace, type TestNetwork } from "./testNetwork";

const template = "1".repeat(16);

interface Volume {
  tls: NodeTls;
  /** What is prepared, and the request that it answers. */
  next?: { tls: NodeTls; request: string };
  answered?: string;
}

/** Makes pods that are missing. Each new one enrols as the init container does, and is ready at once. */
export class KeyedNodes {
  /** Names of the nodes that have restarted, in order. */
  readonly restarted: string[] = [];
  /** Names of nodes that cannot make keys. */
  readonly stuck = new Set<string>();
  private readonly volumes = new Map<string, Volume>();
  private readonly kubelet: NodeJS.Timeout;
  private isBusy = false;

  constructor(
    private readonly kubernetes: KubernetesDouble,
    private readonly network: TestNetwork,
    private readonly names: readonly string[],
  ) {
    for (const name of names) this.volumes.set(name, { tls: { ...network.nodeTls.get(name)! } });
    this.declare();
    this.kubelet = setInterval(() => void this.work(), 20);
  }

  stop(): void {
    clearInterval(this.kubelet);
  }

  /** Hash of the TLS key that a node serves with. */
  keyOf(name: string): string {
    return certificateKeyHash(this.volumes.get(name)!.tls.certificate);
  }

  /** Takes a node's volume away, so that it starts with another key. */
  async loseVolume(name: string): Promise<void> {
    const [id = "", organization = ""] = name.split("-");
    this.volumes.set(name, { tls: await this.network.tls(organization, id) });
    await this.network.fabric.rekey(id, this.volumes.get(name)!.tls);
    this.kubernetes.remove(this.podPath(name));
  }

  /** Asks for new keys of a node, as the command does. */
  ask(name: string, request: string): void {
    const path = `${collections.identities(testNamespace)}/${name}`;
    const { metadata, ...rest } = this.kubernetes.objects.get(path)!;
    const annotations = { ...metadata.annotations, [newKeysRequestedAnnotation]: request };
    this.kubernetes.apply(collections.identities(testNamespace), { ...rest, metadata: { ...metadata, annotations } });
  }

  /** What a node's pod says of its keys. */
  reportOf(name: string): KeyReport | undefined {
    const status = this.kubernetes.objects.get(this.podPath(name))?.status;
    return status && JSON.parse(status.initContainerStatuses[0].state.terminated.message);
  }

  private declare(): void {
    for (const name of this.names) {
      this.network.declare(collections.statefulSets, name, {});
      const path = `${collections.statefulSets(testNamespace)}/${name}`;
      const set = this.kubernetes.objects.get(path)!;
      set.metadata.annotations = { [templateHashAnnotation]: template };
      this.kubernetes.setStatus(path, { observedGeneration: set.metadata.generation, updateRevision: `${name}-1` });
    }
    const { operations } = this.network;
    const nodes = this.names.map((name): RolloutNode => {
      const address = operations.get(name);
      return { ...testNode(name), template, ...(address !== undefined && { operations: address }) };
    });
    this.network.applyRollout(nodes);
  }

  private async work(): Promise<void> {
    if (this.isBusy) return;
    this.isBusy = true;
    for (const name of this.names) {
      const pod = this.kubernetes.objects.get(this.podPath(name));
      if (pod === undefined) this.make(name);
      else if (pod.status === undefined) await this.start(name);
    }
    this.isBusy = false;
  }

  private make(name: string): void {
    this.restarted.push(name);
    const own = { "baas.io/network": "dev", "app.kubernetes.io/instance": name };
    const metadata = {
      name: `${name}-0`,
      namespace: testNamespace,
      labels: { ...own, "controller-revision-hash": `${name}-1` },
    };
    this.kubernetes.apply(collections.pods(testNamespace), { metadata });
  }

  private async start(name: string): Promise<void> {
    const { tls, next, answered } = await this.enrol(name);
    const report: KeyReport = {
      ...(answered !== undefined && { answered }),
      tls: certificateKeyHash(tls.certificate),
      ...(next && { next: certificateKeyHash(next.tls.certificate) }),
    };
    const terminated = { exitCode: 0, message: JSON.stringify(report) };
    // Long ago, so that nothing counts as just tried.
    const lastTransitionTime = new Date(Date.now() - 3_600_000).toISOString();
    this.kubernetes.setStatus(this.podPath(name), {
      conditions: [
        { type: "Ready", status: "True" },
        { type: "Initialized", status: "True", lastTransitionTime },
      ],
      initContainerStatuses: [{ name: "enrol", image: "enrol:1", restartCount: 0, state: { terminated } }],
    });
  }

  /** What `baas-enrol node` does. */
  private async enrol(name: string): Promise<Volume> {
    const [id = "", organization = ""] = name.split("-");
    const volume = this.volumes.get(name)!;
    const { data } = this.kubernetes.objects.get(
      `${collections.secrets(testNamespace)}/${enrolmentSecretName(name)}`,
    ) ?? { data: {} };
    const value = (key: string): string => Buffer.from(data[key] ?? "", "base64").toString();
    const request = volume.next?.request ?? value(newKeysKeys.requested);
    if (request === "" || request === volume.answered || this.stuck.has(name)) return volume;
    volume.next ??= { tls: await this.network.tls(organization, id), request };
    const use = value(newKeysKeys.use);
    if (use !== anyNewKeys && use !== certificateKeyHash(volume.next.tls.certificate)) return volume;
    const switched = { tls: volume.next.tls, answered: request };
    this.volumes.set(name, switched);
    if (this.network.operations.has(name)) await this.network.fabric.rekey(id, switched.tls);
    return switched;
  }

  private podPath(name: string): string {
    return `${collections.pods(testNamespace)}/${name}-0`;
  }
}

/** For tests: the nodes of a network in Kubernetes, with what StatefulSets and kubelets do, one step at a time. */
import { createHash } from "node:crypto";

import { templateHashAnnotation } from "../../../../../model/contracts/annotations";
import { restartingPart } from "../../../../../model/contracts/podTemplate";
import type { RolloutNode } from "../../../../../model/customResources/rollout";
import type { CallOptions, KubernetesApi } from "../../../../common/kubernetes/kubernetesApi";
import { ApiError } from "../../../../common/kubernetes/request";
import { type Kind, pods, statefulSets } from "../../kinds";
import type { SeenObjects } from "../../objects";
import { collections, type KubernetesObject, type Rollout } from "../../resources";

const namespace = "dev";

type Stored = Record<string, any>;

/** A pod template, reduced to what tests change. */
export interface TestTemplate {
  image: string;
  enrolImage?: string;
  /** What a pod names besides: volumes, and where a container's environment comes from. */
  volumes?: object[];
  env?: object[];
  envFrom?: object[];
}

/** A node as a test names it. */
export type TestNode = Pick<RolloutNode, "name" | "role" | "organization">;

/** Names a node by its name, such as `peer0-org1`, or `kafka0` of the platform. */
export function testNode(name: string): TestNode {
  const [id = "", organization = ""] = name.split("-");
  const server = /^(kafka|zookeeper)\d+$/.exec(name)?.[1] as "kafka" | "zookeeper" | undefined;
  if (server !== undefined) return { name, role: server, organization: "platform" };
  const role = id === "ca" ? "certificate-authority" : id.startsWith("orderer") ? "orderer" : "peer";
  return { name, role, organization };
}

/**
 * One StatefulSet with one pod for each node. Nothing happens but by {@link step}: a pod that was deleted goes, a missing one is
 * made from the newest template, a new one becomes ready unless its image is `broken`.
 */
export class NodesDouble {
  /** Names of the nodes whose pods were deleted, in order. */
  readonly deleted: string[] = [];
  /** For each deletion, which other nodes did not serve at that moment. */
  readonly alsoDown: string[][] = [];
  /** Called before and after the effect of each call; what it throws reaches the caller. */
  onCall: (call: string, moment: "before" | "after") => void = () => {};
  /** When pods become ready, as their conditions say. */
  readyTime: () => string | undefined = () => undefined;
  private readonly sets = new Map<string, Stored>();
  private readonly pods = new Map<string, Stored>();
  private readonly revisions = new Map<string, Stored>();
  private rollout: Stored;
  private version = 1;

  constructor(private readonly nodes: readonly TestNode[]) {
    this.rollout = { metadata: { name: "nodes", namespace, uid: "rollout", generation: 0 }, spec: { nodes: [] } };
    this.declare(() => ({ image: "node:1", enrolImage: "enrol:1" }));
    for (const { name } of nodes) this.start(name, true);
    for (let steps = 0; steps < 3; steps++) this.step();
  }

  /** Changes templates, and the Rollout with them, as an apply of the whole stack does. */
  declare(change: (node: string) => TestTemplate): void {
    for (const { name } of this.nodes) this.declareSet(name, change(name));
    this.declareRollout();
  }

  /** Changes the template of one StatefulSet only. */
  declareSet(name: string, { image, enrolImage = "enrol:1", volumes, ...environment }: TestTemplate): void {
    const template = {
      spec: {
        initContainers: [{ name: "enrol", image: enrolImage }],
        containers: [{ name: "node", image, ...environment }],
        ...(volumes && { volumes }),
      },
    };
    const before = this.sets.get(name);
    if (before && JSON.stringify(before.spec.template) === JSON.stringify(template)) return;
    const hash = createHash("sha256").update(restartingPart(template)).digest("hex").slice(0, 16);
    const generation = (before?.metadata.generation ?? 0) + 1;
    const metadata = this.stamped({ name, namespace, uid: `set-${name}`, generation });
    const annotations = { [templateHashAnnotation]: hash };
    this.sets.set(name, { metadata: { ...metadata, annotations }, spec: { template }, status: before?.status ?? {} });
  }

  /** Has the Rollout name the templates that the StatefulSets have. */
  declareRollout(): void {
    const { metadata, status } = this.rollout;
    const nodes = this.nodes.map(({ name, ...rest }) => ({ name, ...rest, template: this.hashOf(name) }));
    this.rollout = {
      metadata: this.stamped({ ...metadata, generation: metadata.generation + 1 }),
      spec: { nodes },
      ...(status && { status }),
    };
  }

  /** The condition Ready as text: `False Rolling`. */
  get shown(): string {
    const [condition] = this.rollout.status?.conditions ?? [];
    return `${condition?.status} ${condition?.reason}`;
  }

  /** Message of the condition Ready. */
  get message(): string {
    return this.rollout.status?.conditions?.[0]?.message ?? "";
  }

  /** Which nodes do not serve. */
  get down(): string[] {
    return this.nodes.map(({ name }) => name).filter((name) => !isReady(this.pods.get(name)));
  }

  /** Image that the pod of each node runs. */
  get running(): string[] {
    return this.nodes.map(({ name }) => this.imageOf(name));
  }

  /** A copy of all objects, as a watch has them; it does not change with them. */
  seen(): SeenObjects & { rollout: Rollout } {
    const [sets, running] = [this.list(statefulSets, this.sets), this.list(pods, this.pods)];
    const list = (kind: Kind<any>): any[] => (kind === statefulSets ? sets : kind === pods ? running : []);
    return { list, get: () => undefined, rollout: structuredClone(this.rollout) as Rollout };
  }

  /** The API that the controller calls. */
  get api(): KubernetesApi {
    const call = async (method: string, path: string, options: CallOptions = {}): Promise<unknown> => {
      this.onCall(`${method} ${path}`, "before");
      const answer = structuredClone(this.answer(method, path, options.body as Stored));
      this.onCall(`${method} ${path}`, "after");
      return answer;
    };
    return { call } as unknown as KubernetesApi;
  }

  /** Kubernetes does what it can do now. */
  step(): void {
    for (const { name } of this.nodes) {
      const set = this.sets.get(name)!;
      const revision = this.revise(name);
      set.status = { observedGeneration: set.metadata.generation, updateRevision: revision };
      const pod = this.pods.get(name);
      if (pod === undefined) this.start(name, false);
      else if (pod.metadata.deletionTimestamp !== undefined) this.pods.delete(name);
      else if (this.imageOf(name) === "broken") this.crash(name);
      else this.setReady(name, true);
    }
  }

  /** A node's volume fills up, or another node of Kubernetes fails: its pod is not ready until `fix`. */
  break(name: string): void {
    this.broken.add(name);
    this.setReady(name, false);
  }

  /** Ends a {@link break}. */
  fix(name: string): void {
    this.broken.delete(name);
  }

  private readonly broken = new Set<string>();

  /** The ConfigMaps and Secrets that there are, such as `configmaps/platform-ca-roots`. */
  readonly objects = new Set<string>();

  /** Every Event, as `type reason: message`. */
  readonly events: string[] = [];

  private answer(method: string, path: string, body: Stored | undefined): unknown {
    const name = path.split("/").at(-1)!;
    if (method === "GET" && path === collections.pods(namespace)) return { items: [...this.pods.values()] };
    if (method === "GET" && path === collections.statefulSets(namespace)) return { items: [...this.sets.values()] };
    if (method === "GET" && /\/(configmaps|secrets)\//.test(path)) {
      return found(this.objects.has(path.split("/").slice(-2).join("/")) ? {} : undefined);
    }
    if (method === "GET") return found(this.revisions.get(name));
    if (method === "POST") {
      this.events.push(`${body!.type} ${body!.reason}: ${body!.message}`);
      return {};
    }
    if (method === "PATCH") {
      if (body!.metadata.resourceVersion !== this.rollout.metadata.resourceVersion) throw new ApiError(409, "modified");
      this.rollout = { ...this.rollout, metadata: this.stamped(this.rollout.metadata), status: body!.status };
      return this.rollout;
    }
    const node = name.replace(/-0$/, "");
    const pod = found(this.pods.get(node));
    const { uid, resourceVersion } = body!.preconditions;
    if (uid !== pod.metadata.uid || resourceVersion !== pod.metadata.resourceVersion)
      throw new ApiError(409, "modified");
    this.alsoDown.push(this.down.filter((other) => other !== node));
    this.deleted.push(node);
    this.pods.set(node, { ...pod, metadata: this.stamped({ ...pod.metadata, deletionTimestamp: "now" }) });
    return pod;
  }

  private revise(name: string): string {
    const { template } = this.sets.get(name)!.spec;
    const revision = `${name}-${createHash("sha256").update(JSON.stringify(template)).digest("hex").slice(0, 8)}`;
    this.revisions.set(revision, { metadata: { name: revision, namespace }, data: { spec: { template } } });
    return revision;
  }

  private start(name: string, ready: boolean): void {
    const labels = { "app.kubernetes.io/instance": name, "controller-revision-hash": this.revise(name) };
    const metadata = this.stamped({ name: `${name}-0`, namespace, uid: `pod-${this.version}`, labels });
    this.pods.set(name, { metadata, spec: { image: this.sets.get(name)!.spec.template.spec.containers[0].image } });
    this.setReady(name, ready);
  }

  private setReady(name: string, ready: boolean): void {
    const pod = this.pods.get(name)!;
    const wanted = ready && !this.broken.has(name);
    if (pod.status !== undefined && isReady(pod) === wanted) return;
    const lastTransitionTime = this.readyTime();
    const status = { conditions: [{ type: "Ready", status: wanted ? "True" : "False", lastTransitionTime }] };
    this.pods.set(name, { ...pod, metadata: this.stamped(pod.metadata), status });
  }

  private crash(name: string): void {
    const ended = { exitCode: 2, message: "panic: cannot start" };
    const container = { name: "node", image: "", restartCount: 3, ready: false, lastState: { terminated: ended } };
    const waiting = { state: { waiting: { reason: "CrashLoopBackOff" } } };
    const pod = this.pods.get(name)!;
    const status = { conditions: [], containerStatuses: [{ ...container, ...waiting }] };
    this.pods.set(name, { ...pod, metadata: this.stamped(pod.metadata), status });
  }

  private imageOf(name: string): string {
    return this.pods.get(name)?.spec.image ?? "none";
  }

  private hashOf(name: string): string {
    return this.sets.get(name)!.metadata.annotations[templateHashAnnotation];
  }

  private list<T extends KubernetesObject>(kind: Kind<T>, objects: Map<string, Stored>): T[] {
    return structuredClone([...objects.values()]).map((object) => kind.keep!(object as T));
  }

  private stamped(metadata: Stored): Stored {
    return { ...metadata, resourceVersion: String(++this.version) };
  }
}

function isReady(pod: Stored | undefined): boolean {
  const [condition] = pod?.status?.conditions ?? [];
  return condition?.status === "True" && pod!.metadata.deletionTimestamp === undefined;
}

function found<T>(object: T | undefined): T {
  if (object === undefined) throw new ApiError(404, "not found");
  return object;
}

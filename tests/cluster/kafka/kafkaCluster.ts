/** The Kafka of a platform on a local cluster, and clients of it in pods. Certificates are made here, and come in Secrets. */
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

import { desiredObjects } from "../../../cli/engine/apply/desiredObjects";
import type { KubernetesObject } from "../../../cli/engine/cluster/kubernetesObject";
import { runProgram } from "../../../cli/engine/program/programs";
import { run, tryRun } from "../../../local-cluster/run";
import type { LocalCluster } from "../../../local-cluster/runningCluster";
import { templateHashAnnotation } from "../../../model/contracts/annotations";
import { enrolVariables } from "../../../model/contracts/enrolment";
import { kafkaBootstrapName } from "../../../model/contracts/kafka";
import { labels, type Role, roleLabel } from "../../../model/contracts/labels";
import { controllerName, rolloutName, serviceAddress } from "../../../model/contracts/names";
import { platformEnrolmentId } from "../../../model/contracts/platformCa";
import { kafkaPort } from "../../../model/contracts/ports";
import type { RolloutNode } from "../../../model/customResources/rollout";
import { versions } from "../../../model/files/versions";
import { TestCa } from "../../../services/common/testing/testCa";
import { ProjectCopy } from "../../projectCopy";
import { issue } from "../issuedCertificate";
import { applyObjects, kubectl } from "../kubectl";
import { nodeImage, provideImages } from "../providedImages";
import { bundled } from "./bundle";

const namespace = "baas-platform";
const certificatesMount = { name: "certificates", mountPath: "/certificates", readOnly: true };

/** What the servers say of themselves, as `client.ts` prints it. */
export interface Health {
  racks: Record<string, string>;
  leader: number;
  replicas: number[];
  inSync: number[];
}

/** The result of a client that has sent numbered messages. */
export interface Produced {
  acknowledged: number[];
  unknown: number[];
  gaps: { until: number; ms: number }[];
  longestGapMs: number;
}

/** What the controller needs before it can run. */
const foundations = [
  ...["Namespace", "CustomResourceDefinition"],
  ...["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"],
];

/** An Event about a restart. */
interface RestartEvent {
  reason: string;
  message: string;
  metadata: { creationTimestamp: string };
}

/** A pod with a certificate. */
export interface Client {
  namespace: string;
  name: string;
}

/** The brokers and ZooKeepers that the stack platform-local declares. */
export class KafkaCluster {
  /** `host:port` of any broker. */
  readonly bootstrap = serviceAddress(kafkaBootstrapName, namespace, kafkaPort);
  /** Names of its brokers and ZooKeepers. */
  readonly servers: string[] = [];
  private objects: KubernetesObject[] = [];
  private undeclared: KubernetesObject[] = [];

  private constructor(
    private readonly cluster: LocalCluster,
    readonly ca: TestCa,
    /** The program of clients. */
    private readonly program: string,
  ) {}

  /** Applies the objects of Kafka, without the platform's CA and controller, and returns at once. */
  static async install(cluster: LocalCluster): Promise<KafkaCluster> {
    await provideImages(cluster, [versions.images.kafka, nodeImage]);
    const kafka = new KafkaCluster(cluster, await TestCa.make("kafka"), await bundled("client.ts"));
    const objects = await kafka.withCertificates(await declaredObjects());
    kafka.objects = objects;
    kafka.servers.push(...objects.filter(({ kind }) => kind === "StatefulSet").map(({ metadata }) => metadata.name));
    // A StatefulSet whose account is missing is tried again after some time only.
    const isFirst = ({ kind }: KubernetesObject) => !["StatefulSet", "Secret"].includes(kind);
    await kafka.apply(...objects.filter(({ kind }) => kind === "Namespace"));
    await kafka.apply(...objects.filter((object) => isFirst(object) && object.kind !== "Rollout"));
    await kafka.apply(...objects.filter((object) => !isFirst(object)));
    await kafka.kubectl("wait", "--for=condition=Established", "--timeout=60s", "crd", "--all");
    await kafka.apply(...objects.filter(({ kind }) => kind === "Rollout"));
    return kafka;
  }

  /** Waits until all servers serve. */
  async ready(): Promise<void> {
    const sets = this.servers.map((server) => `statefulset/${server}`);
    await this.kubectl("wait", "--for=jsonpath={.status.readyReplicas}=1", "--timeout=300s", ...sets);
  }

  /**
   * Starts a pod in a namespace, with a certificate of a CA.
   *
   * @param name - of the pod, and in its certificate
   */
  async client(owner: Client, role: Role, { ca = this.ca, name = owner.name } = {}): Promise<Client> {
    const { key, certificate } = await issue(ca, platformEnrolmentId(name, owner.namespace), []);
    const network = owner.namespace === namespace ? undefined : owner.namespace;
    const metadata = { ...owner, labels: labels({ role, network }) };
    const spec = clientPod(owner.name, `${this.cluster.context}`);
    await this.apply(
      ...(network === undefined
        ? [allowOut(owner.name, metadata.labels)]
        : [{ apiVersion: "v1", kind: "Namespace", metadata: { name: network, labels: labels({ network }) } }]),
    );
    await this.apply(
      secret(owner, { "client.key": key, "client.crt": certificate, "ca.pem": this.ca.pem }),
      { apiVersion: "v1", kind: "ConfigMap", metadata: owner, data: { "client.js": this.program } },
      { apiVersion: "v1", kind: "Pod", metadata, spec },
    );
    const ready = ["wait", "--for=condition=Ready", "--timeout=120s", `pod/${owner.name}`];
    await kubectl(this.cluster, "-n", owner.namespace, ...ready);
    return owner;
  }

  /** The network controller's place. */
  administrator(): Promise<Client> {
    return this.client({ namespace, name: "administrator" }, "controller", { name: controllerName });
  }

  /** Runs a command of `client.ts` in a pod, and returns what it prints. */
  async ask<T>(client: Client, command: string, given: Record<string, string> = {}): Promise<T> {
    const args = ["node", "/client/client.js", command, JSON.stringify({ bootstrap: this.bootstrap, ...given })];
    const { code, stdout, stderr } = await this.exec(client, ...args);
    if (code !== 0) throw new Error(`${command} failed: ${stderr}`);
    if (stderr !== "") console.log(stderr);
    return JSON.parse(stdout) as T;
  }

  /** Copies a file of this machine into a client's pod. */
  async copy(client: Client, file: string, path: string): Promise<void> {
    const where = ["--kubeconfig", this.cluster.kubeconfig, "--namespace", client.namespace];
    await run(this.cluster.kubectl, [...where, "cp", file, `${client.name}:${path}`]);
  }

  /** Runs a command in a client's pod. */
  exec(client: Client, ...command: string[]) {
    const where = ["--kubeconfig", this.cluster.kubeconfig, "--namespace", client.namespace, "exec", client.name];
    return tryRun(this.cluster.kubectl, [...where, "--", ...command]);
  }

  /** Ends a server's pod at once, and returns when Kubernetes knows that it does not serve. */
  async kill(server: string): Promise<void> {
    await this.kubectl("delete", "pod", `${server}-0`, "--grace-period=0", "--force");
    const readyReplicas = ["get", "statefulset", server, "--output=jsonpath={.status.readyReplicas}"];
    const end = Date.now() + 30_000;
    while ((await this.kubectl(...readyReplicas)) !== "") {
      if (Date.now() > end) throw new Error(`${server} still counts as ready 30 s after it was killed.`);
      await sleep(200);
    }
  }

  /** The node that a server runs on. */
  async nodeOf(server: string): Promise<string> {
    return this.kubectl("get", "pod", `${server}-0`, "--output=jsonpath={.spec.nodeName}");
  }

  /** Runs kubectl in the platform's namespace. */
  kubectl(...args: string[]): Promise<string> {
    return kubectl(this.cluster, "-n", namespace, ...args);
  }

  /** Changes a setting of servers, as an apply of the whole stack does: each must restart to take it. */
  async change(version: string, servers: readonly string[] = this.servers): Promise<void> {
    const template = createHash("sha256").update(version).digest("hex").slice(0, 16);
    const isChanged = ({ kind, metadata }: KubernetesObject): boolean =>
      kind === "Rollout" || (kind === "StatefulSet" && servers.includes(metadata.name));
    const changed = structuredClone(this.objects.filter(isChanged));
    for (const { kind, metadata, spec } of changed) {
      if (kind === "Rollout") {
        for (const node of spec.nodes) if (servers.includes(node.name)) node.template = template;
        continue;
      }
      metadata.annotations![templateHashAnnotation] = template;
      spec.template.spec.containers[0].env.push({ name: "VERSION", value: version });
    }
    await this.apply(...changed);
  }

  /** Declares another number of brokers, as an apply does before it deletes what is declared no more. */
  async resize(brokers: number): Promise<void> {
    const declared = await declaredObjects(brokers);
    const isKnown = (object: KubernetesObject) => this.objects.some((one) => isSame(one, object));
    const added = await this.withCertificates(declared.filter((one) => !isKnown(one)));
    this.undeclared = this.objects.filter((one) => one.kind !== "Secret" && !declared.some((all) => isSame(all, one)));
    this.objects = [...this.objects.filter((one) => !this.undeclared.includes(one)), ...added].map((one) =>
      one.kind === "Rollout" ? declared.find((other) => isSame(one, other))! : one,
    );
    const names = this.objects.filter(({ kind }) => kind === "StatefulSet").map(({ metadata }) => metadata.name);
    this.servers.splice(0, this.servers.length, ...names);
    await this.apply(...added, ...this.objects.filter(({ kind }) => kind === "Rollout"));
  }

  /** Deletes what the last {@link resize} has declared no more. */
  async removeUndeclared(): Promise<void> {
    for (const { kind, metadata } of this.undeclared) await this.kubectl("delete", kind, metadata.name);
  }

  /** The platform's Rollout. */
  async rollout(): Promise<KubernetesObject> {
    return JSON.parse(await this.kubectl("get", "rollout.baas.io", rolloutName, "--output=json"));
  }

  /** Names of the servers that the controller has restarted, in order. */
  async restarts(): Promise<string[]> {
    const { items } = JSON.parse(await this.kubectl("get", "events", "--output=json")) as { items: RestartEvent[] };
    return items
      .filter(({ reason }) => reason === "Restarting")
      .sort((a, b) => a.metadata.creationTimestamp.localeCompare(b.metadata.creationTimestamp))
      .map(({ message }) => /^Restarting (\w+), /.exec(message)![1]);
  }

  /** The setting that {@link change} has changed, of each server's pod. */
  versions(): Promise<string[]> {
    return Promise.all(
      this.servers.map((server) =>
        this.kubectl(
          "get",
          "pod",
          `${server}-0`,
          '--output=jsonpath={.spec.containers[0].env[?(@.name=="VERSION")].value}',
        ),
      ),
    );
  }

  /** Applies objects. */
  apply(...items: object[]): Promise<void> {
    return applyObjects(this.cluster, items);
  }

  /** Gives servers their certificates by a Secret, which an init container copies to where enrolment would leave them. */
  private async withCertificates(objects: KubernetesObject[]): Promise<KubernetesObject[]> {
    const all: KubernetesObject[] = [];
    for (const object of objects) {
      all.push(object);
      if (object.kind !== "StatefulSet") continue;
      const { spec } = object.spec.template;
      const [enrol] = spec.initContainers;
      const valueOf = (variable: string): string => enrol.env.find(({ name }: any) => name === variable).value;
      const { name } = object.metadata;
      const hosts = valueOf(enrolVariables.hosts).split(",");
      const { key, certificate } = await issue(this.ca, platformEnrolmentId(name, namespace), hosts);
      const folder = `${valueOf(enrolVariables.outputDir)}/tls`;
      spec.initContainers = [
        {
          ...{ name: enrol.name, image: spec.containers[0].image, securityContext: enrol.securityContext },
          command: ["bash", "-c", `mkdir -p ${folder} && cp -f /certificates/* ${folder}`],
          volumeMounts: [enrol.volumeMounts[0], certificatesMount],
        },
      ];
      const enrolment = enrol.volumeMounts.slice(1).map((mount: any) => mount.name as string);
      const kept = spec.volumes.filter((volume: any) => !enrolment.includes(volume.name));
      spec.volumes = [...kept, certificatesVolume(name)];
      const files = { "server.pem": `${key}${certificate}`, "ca.crt": this.ca.pem };
      all.push(secret({ name, namespace }, files) as unknown as KubernetesObject);
    }
    return all;
  }
}

/** The objects of Kafka and its namespace, as the stack of a platform declares them. */
async function declaredObjects(brokers = 4): Promise<KubernetesObject[]> {
  const project = new ProjectCopy();
  try {
    const kafka = `{ storage: 2Gi, brokers: ${brokers} }`;
    const config = `config:\n  baas:platform:\n    environment: local\n    kafka: ${kafka}\n`;
    project.write("stacks/Pulumi.platform-local.yaml", config);
    const result = await runProgram({ projectDir: project.dir, stack: "platform-local", dryRun: false });
    return desiredObjects(result)
      .map(({ object }) => object)
      .filter(({ kind, metadata }) => {
        const role = metadata.labels?.[roleLabel] ?? "";
        const isCommon = [...foundations, "Rollout"].includes(kind) || metadata.name === "default-deny";
        return isCommon || (["kafka", "zookeeper"].includes(role) && kind !== "Identity");
      })
      .map((object) => (object.kind === "Rollout" ? withoutCa(object) : object));
  } finally {
    project.remove();
  }
}

const isSame = (one: KubernetesObject, other: KubernetesObject): boolean =>
  one.kind === other.kind && one.metadata.name === other.metadata.name;

/** The Rollout without the platform's CA, which does not run here. */
function withoutCa(rollout: KubernetesObject): KubernetesObject {
  const nodes = rollout.spec.nodes.filter(({ role }: RolloutNode) => role !== "certificate-authority");
  return { ...rollout, spec: { ...rollout.spec, nodes } };
}

function secret(metadata: Client, stringData: Record<string, string>): object {
  return { apiVersion: "v1", kind: "Secret", metadata, stringData };
}

function certificatesVolume(secretName: string): object {
  return { name: certificatesMount.name, secret: { secretName, defaultMode: 0o440 } };
}

/** A pod that waits for commands, on the node that no test stops. */
function clientPod(name: string, firstNode: string): object {
  return {
    terminationGracePeriodSeconds: 0,
    nodeSelector: { "kubernetes.io/hostname": firstNode },
    securityContext: { runAsNonRoot: true, runAsUser: 1000, fsGroup: 1000, seccompProfile: { type: "RuntimeDefault" } },
    containers: [
      {
        name: "client",
        image: nodeImage,
        command: ["sleep", "infinity"],
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
        volumeMounts: [certificatesMount, { name: "client", mountPath: "/client" }],
      },
    ],
    volumes: [certificatesVolume(name), { name: "client", configMap: { name } }],
  };
}

/** Lets a pod of the platform's namespace, which denies all traffic, out to brokers. */
function allowOut(name: string, matchLabels: Record<string, string>): object {
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name, namespace },
    spec: {
      podSelector: { matchLabels },
      policyTypes: ["Egress"],
      egress: [{ ports: [{ protocol: "TCP", port: kafkaPort }] }],
    },
  };
}

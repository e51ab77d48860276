/**
 * A network of the project's stacks on the local cluster, with its real Services, NetworkPolicies, gateway, API server and studio, and
 * with doubles in place of CAs, peers, orderers and chaincode servers.
 */
import { desiredObjects } from "../../../cli/engine/apply/desiredObjects";
import { podImages, provideImages } from "../../../cli/engine/apply/provideImages";
import type { KubernetesObject } from "../../../cli/engine/cluster/kubernetesObject";
import { dockerImageType } from "../../../cli/engine/declared/resourceTypes";
import { runProgram } from "../../../cli/engine/program/programs";
import { progressTo } from "../../../local-cluster/progress";
import { run } from "../../../local-cluster/run";
import type { LocalCluster } from "../../../local-cluster/runningCluster";
import {
  kafkaCaName,
  operationsCaName,
  type PlatformCaName,
  revocationsKey,
  rootKeyOf,
  rootKeys,
} from "../../../model/contracts/certificateAuthority";
import { networkLabel, organizationLabel, roleLabel } from "../../../model/contracts/labels";
import { enrolmentSecretName, revocationsSecretName, rootsConfigMapName } from "../../../model/contracts/names";
import { platformCaName } from "../../../model/contracts/platformCa";
import { allOrganizations, type NetworkPlan } from "../../../model/network/networkPlan";
import { loadStack } from "../../../model/project/stacks";
import { newPrivateKey, parsePrivateKey } from "../../../services/common/keys";
import { TestCa } from "../../../services/common/testing/testCa";
import type { EdgeAddress } from "../../edge/clients";
import type { ProjectCopy } from "../../projectCopy";
import { bundledProgram } from "./bundledProgram";
import type { NodeDoubleSettings } from "./nodeDoubleProgram";
import type { Target } from "./probeProgram";
import { keeperOf, runningWorkloads } from "./runningWorkloads";

/** Kinds that are applied as the stack declares them, beside {@link runningWorkloads}. Doubles replace all other workloads. */
const real = [
  "Namespace",
  "ResourceQuota",
  "LimitRange",
  "Secret",
  "ServiceAccount",
  "ConfigMap",
  "Service",
  "NetworkPolicy",
  "PodDisruptionBudget",
  "HorizontalPodAutoscaler",
];

const isGatewayPod = `${roleLabel}=gateway`;

/** Options of a network. */
export interface EdgeNetworkOptions {
  stack: string;
  /** Lifetime of certificates of the gateway's organization. */
  lifeSeconds?: number;
  platform: PlatformAuthorities;
}

/** The CAs of the platform, which all networks share. */
export type PlatformAuthorities = Readonly<Record<PlatformCaName, TestCa>>;

/** Makes the CAs of a platform. */
export async function platformAuthorities(): Promise<PlatformAuthorities> {
  return { kafka: await TestCa.make(kafkaCaName), operations: await TestCa.make(operationsCaName) };
}

/** A network with a real edge, which follows its stack file whenever that is applied again. */
export class EdgeNetwork {
  private readonly authorities = new Map<string, TestCa>();
  private readonly stack: string;

  constructor(
    readonly cluster: LocalCluster,
    private readonly project: ProjectCopy,
    private readonly options: EdgeNetworkOptions,
  ) {
    this.stack = options.stack;
  }

  /** The present content of the stack file. */
  get plan(): NetworkPlan {
    const stack = loadStack(this.project.dir, this.stack);
    if (stack.kind !== "network") throw new Error(`${this.stack} is no network`);
    return stack.network;
  }

  /** The gateway of the present stack file. */
  get gateway() {
    return this.plan.gateway!;
  }

  /** Address of the gateway from outside the cluster. */
  get address(): EdgeAddress {
    return { host: this.cluster.nodeAddress, port: this.gateway.port };
  }

  /** The CA of an organization, for signing and for TLS. */
  authority(organization: string): TestCa {
    return this.authorities.get(organization)!;
  }

  /** Applies the present stack file to the cluster. */
  async apply(): Promise<void> {
    const { plan } = this;
    const result = await runProgram({ projectDir: this.project.dir, stack: this.stack, dryRun: false });
    const desired = desiredObjects(result);
    const declared = desired.map(({ object }) => object);
    const running = runningWorkloads(desired, plan);
    const workloads = running.map(({ object }) => object);
    const used = new Set<unknown>(workloads.flatMap(podImages));
    const needed = result.registrations.filter(
      ({ type, inputs }) => type !== dockerImageType || used.has(inputs.imageName),
    );
    const progress = progressTo(() => undefined);
    await provideImages({ ...result, registrations: needed }, running, this.cluster, progress);
    for (const { name } of allOrganizations(plan)) {
      if (!this.authorities.has(name)) this.authorities.set(name, await TestCa.make(`tlsca.${name}.${plan.domain}`));
    }
    const gateway = workloads.find(({ metadata }) => metadata.name === plan.gateway!.name)!;
    const doubles = await this.nodeDoubles(declared, keeperOf(gateway).image);
    await this.applyObjects([
      ...declared.filter(({ kind }) => real.includes(kind)),
      ...(await this.madeByController()),
      ...doubles,
      ...workloads,
    ]);
    const pods = doubles.filter(({ kind }) => kind === "Pod").map(({ metadata }) => `pod/${metadata.name}`);
    if (pods.length > 0) await this.kubectl("wait", "--for=condition=Ready", ...pods, "--timeout=180s");
    for (const workload of workloads) await this.rolledOut(workload);
  }

  /** Applies objects besides those of the stack. */
  async applyObjects(items: readonly object[]): Promise<void> {
    const list = JSON.stringify({ apiVersion: "v1", kind: "List", items });
    const args = ["apply", "--server-side", "--force-conflicts", "-f", "-"];
    await run(this.cluster.kubectl, ["--kubeconfig", this.cluster.kubeconfig, ...args], { input: list });
  }

  /** Waits until all pods of a workload are as they are declared. */
  private async rolledOut({ kind, metadata, spec }: KubernetesObject): Promise<void> {
    const workload = `${kind.toLowerCase()}/${metadata.name}`;
    // Kubernetes itself replaces no pods of such a one.
    const isLed = spec.updateStrategy?.type === "OnDelete";
    const what = isLed ? ["wait", "--for=jsonpath={.status.readyReplicas}=1"] : ["rollout", "status"];
    await kubectl(this.cluster, metadata.namespace!, ...what, workload, "--timeout=180s");
  }

  /** Runs kubectl in the network's namespace. */
  kubectl(...args: string[]): Promise<string> {
    return kubectl(this.cluster, this.plan.namespace, ...args);
  }

  /** Objects of a kind that belong to the network. */
  async list(kind: string, selector = ""): Promise<KubernetesObject[]> {
    return JSON.parse(await this.kubectl("get", kind, "-l", `${networkLabel}=${this.stack}${selector}`, "-o", "json"))
      .items;
  }

  /** The pods of the gateway. */
  gatewayPods(): Promise<KubernetesObject[]> {
    return this.list("pod", `,${isGatewayPod}`);
  }

  /** Makes the kubelet update ConfigMaps and Secrets in the pods of the gateway, or of another role, at once; otherwise it takes a minute. */
  async refreshMounts(role = "gateway"): Promise<void> {
    const selector = `${networkLabel}=${this.stack},${roleLabel}=${role}`;
    await this.kubectl("annotate", "pod", "-l", selector, `refreshed=${Date.now()}`, "--overwrite");
  }

  /** Every port of every Service and every pod, by its address. */
  async targets(): Promise<Target[]> {
    const found: Target[] = [];
    for (const { metadata, spec } of await this.list("service")) {
      if (spec.clusterIP === "None") continue;
      for (const { port } of spec.ports) {
        found.push({ name: `service ${metadata.name}:${port}`, host: spec.clusterIP, port });
      }
    }
    for (const { metadata, spec, status } of await this.list("pod")) {
      const role = metadata.labels![roleLabel]!;
      const name = ["gateway", "api"].includes(role) ? role : metadata.name;
      for (const { containerPort } of spec.containers.flatMap(({ ports = [] }: any) => ports)) {
        found.push({ name: `pod ${name}:${containerPort}`, host: status!.podIP as string, port: containerPort });
      }
    }
    return found;
  }

  /** Publishes the revocation list of an organization's CA, as the controller does. */
  async revoke(organization: string, certificates: readonly string[]): Promise<void> {
    await this.applyObjects([await this.revocations(organization, certificates)]);
    await this.refreshMounts("api");
  }

  private async revocations(organization: string, certificates: readonly string[]): Promise<object> {
    const { organizations, namespace } = this.plan;
    const { certificateAuthority } = organizations.find(({ name }) => name === organization)!;
    const list = await this.authority(organization).revocationList(certificates);
    const metadata = { name: revocationsSecretName(certificateAuthority.name), namespace };
    return { apiVersion: "v1", kind: "Secret", metadata, stringData: { [revocationsKey]: list } };
  }

  /** The objects that the controller would create. */
  private async madeByController(): Promise<KubernetesObject[]> {
    const { namespace, gateway, api, organizations, studio } = this.plan;
    const enrolment = (identity: string, enrolmentId: string) => ({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: enrolmentSecretName(identity), namespace },
      stringData: { enrolmentId, enrolmentSecret: "secret of the test" },
    });
    const { kafka, operations } = this.options.platform;
    const roots = (ca: string, data: Record<string, string>) => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: rootsConfigMapName(ca), namespace },
      data,
    });
    const ofOrganizations = organizations.map(({ name, certificateAuthority }) => {
      const root = this.authority(name).pem;
      return roots(certificateAuthority.name, { [rootKeys.signing]: root, [rootKeys.tls]: root });
    });
    const lists = api?.certificates ? organizations.map(({ name }) => this.revocations(name, [])) : [];
    return [
      ...ofOrganizations,
      ...(await Promise.all(lists)),
      roots(platformCaName, { [rootKeyOf(kafkaCaName)]: kafka.pem, [rootKeyOf(operationsCaName)]: operations.pem }),
      enrolment(gateway!.identity, gateway!.name),
      ...(api === undefined ? [] : [enrolment(api.name, api.name)]),
      ...(api?.identities ?? []).map(({ name, id }) => enrolment(name, id)),
      ...(studio?.sessions ?? []).map(({ name }) => enrolment(name, name)),
      ...organizations.flatMap(({ debugging }) =>
        debugging ? [enrolment(debugging.peer.name, debugging.peer.id)] : [],
      ),
    ] as KubernetesObject[];
  }

  private async nodeDoubles(declared: readonly KubernetesObject[], image: string): Promise<KubernetesObject[]> {
    const { plan } = this;
    const program = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "node-double", namespace: plan.namespace },
      data: { "program.js": await bundledProgram("nodeDoubleProgram.ts") },
    };
    const there = new Set((await this.list("pod")).map(({ metadata }) => metadata.name));
    const hosts = new Map([
      ...allOrganizations(plan).flatMap(({ certificateAuthority, peers, orderers }) =>
        [certificateAuthority, ...peers, ...orderers].map((node) => [node.name, [node.fqdn, ...node.hosts]] as const),
      ),
      ...plan.chaincodes.flatMap(({ servers }) =>
        servers.map(({ name, hosts }) => [name, [`${name}.${plan.domain}`, ...hosts]] as const),
      ),
    ]);
    const workloads = declared.filter(({ kind, metadata }) => {
      return (kind === "StatefulSet" || kind === "Deployment") && hosts.has(metadata.name) && !there.has(metadata.name);
    });
    const pods = workloads.map((workload) => this.nodeDouble(workload, hosts.get(workload.metadata.name)!, image));
    return [program as KubernetesObject, ...(await Promise.all(pods))];
  }

  private async nodeDouble(workload: KubernetesObject, [fqdn, ...hosts]: readonly string[], image: string) {
    const { metadata, spec } = workload.spec.template;
    const { name, namespace } = workload.metadata;
    const organization = metadata.labels[organizationLabel] as string;
    const authority = this.authority(organization);
    const key = newPrivateKey();
    const ports = spec.containers.flatMap(({ ports = [] }: any) => ports);
    const isAuthority = metadata.labels[roleLabel] === "certificate-authority";
    const year = 365 * 24 * 60 * 60;
    const settings: NodeDoubleSettings = {
      name,
      key,
      cert: await authority.issue(parsePrivateKey(key)!, fqdn!, [fqdn!, ...hosts]),
      ports: ports.map(({ containerPort }: any) => containerPort),
      ...(isAuthority && {
        issues: { ca: await authority.exported(), lifeSeconds: this.options.lifeSeconds ?? year },
      }),
    };
    return {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, namespace, labels: metadata.labels },
      spec: {
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        terminationGracePeriodSeconds: 1,
        securityContext: spec.securityContext,
        containers: [
          {
            name: "node-double",
            image,
            command: ["node", "/node-double/program.js"],
            env: [{ name: "NODE_DOUBLE", value: JSON.stringify(settings) }],
            ports,
            readinessProbe: { httpGet: { path: "/", port: settings.ports[0], scheme: "HTTPS" }, periodSeconds: 1 },
            securityContext: spec.containers[0].securityContext,
            volumeMounts: [{ name: "program", mountPath: "/node-double" }],
          },
        ],
        volumes: [{ name: "program", configMap: { name: "node-double" } }],
      },
    } as KubernetesObject;
  }
}

/** Runs kubectl in a namespace. */
export function kubectl(cluster: LocalCluster, namespace: string, ...args: string[]): Promise<string> {
  return run(cluster.kubectl, ["--kubeconfig", cluster.kubeconfig, "-n", namespace, ...args]);
}

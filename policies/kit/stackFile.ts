/** The stack file behind a stack's objects: its content, and the field that each object comes from. */
import { existsSync } from "node:fs";
import { join } from "node:path";

import { ethereumSmokeTestName } from "../../model/contracts/ethereum";
import { jsonRpcName } from "../../model/contracts/jsonRpc";
import { instanceLabel, type Role } from "../../model/contracts/labels";
import { nodeExporterNamespace } from "../../model/contracts/monitoring";
import { gatewayName } from "../../model/contracts/names";
import { studioNamespace } from "../../model/contracts/studio";
import type { EthereumPlan } from "../../model/ethereum/ethereumPlan";
import { readProject } from "../../model/files/project";
import { stackFileIn } from "../../model/files/projectFolder";
import { readStoredRecord, recordFile, type StoredRecord } from "../../model/files/record";
import { describedBy, readConfiguration, rootOf, type StackConfiguration } from "../../model/files/stackConfiguration";
import { joiningPeers, type NetworkPlan } from "../../model/network/networkPlan";
import type { Claims } from "../../model/project/claims";
import { environmentFile, readEnvironment } from "../../model/project/environments";
import { allClaims, parseEthereum, parseNetwork, platformStackName } from "../../model/project/stacks";
import { parseUrn } from "../../model/pulumi/urn";
import { planPods, type PodsPlan } from "../../model/stackFile/mergedPods";
import { platformPodsSchema } from "../../model/stackFile/podSchema";
import { type EnvironmentConfig, platformSchema } from "../../model/stackFile/schema";
import { called, type KubernetesObject, objectOf, organizationOf, roleOf } from "./objects";
import type { StackKind } from "./productUses";

/** Start of `limits` for policies that use {@link StackFile.before}. */
export const comparesWithBefore =
  "Compares with the record that `baas apply` keeps of a stack, and with the base of a pull request (`baas preview " +
  "STACK --base REVISION`). ";

/** Fields of the stack file that decide something, by the role of the object. */
export type Fields = Partial<Record<Role, string>>;

/** Folders of the components, by what they build. */
const componentFolders = [
  "fabric",
  "ethereum",
  "gateway",
  "kafka",
  "monitoring",
  "platform",
  "kubernetes",
  "enrolment",
];

/** The stack files of a project, and other files that policies need. Each is read once. */
export class StackFiles {
  private readonly files = new Map<string, StackFile>();
  private readonly components = new Map<string, string | undefined>();
  private allClaims: Claims[] | undefined;

  /**
   * @param projectDir - folder of Pulumi.yaml
   * @param recordsDir - project with the records of earlier declarations; by default the project itself
   */
  constructor(
    readonly projectDir: string,
    readonly recordsDir = projectDir,
  ) {}

  /** The file of a stack. */
  of(stack: string): StackFile {
    let file = this.files.get(stack);
    if (file === undefined) this.files.set(stack, (file = new StackFile(this, stack)));
    return file;
  }

  /** Path of a component's file, relative to the project, if there is one of that name. */
  component(name: string): string | undefined {
    if (!this.components.has(name)) {
      const files = componentFolders.map((folder) => `components/${folder}/${name}`);
      const found = files.find((file) => existsSync(join(this.projectDir, file)));
      this.components.set(name, found);
    }
    return this.components.get(name);
  }

  /** What all stacks of the project claim. */
  get claims(): Claims[] {
    return (this.allClaims ??= allClaims(this.projectDir));
  }
}

/** A stack file. It is read when it is first needed. The stack's program reports its mistakes. */
export class StackFile {
  private readonly cache = new Map<string, unknown>();
  private path: string | undefined;

  constructor(
    private readonly files: StackFiles,
    readonly stack: string,
  ) {}

  private get projectDir(): string {
    return this.files.projectDir;
  }

  /** Path of the file, relative to the project. */
  get file(): string {
    return (this.path ??= stackFileIn(this.projectDir, this.stack));
  }

  /** `baas:network`, `baas:ethereum` or `baas:platform`, the one that the file has. */
  get root(): string {
    return rootOf(this.configuration);
  }

  /** What the file describes. */
  get kind(): StackKind {
    return this.configuration.platform === undefined ? "network" : "platform";
  }

  /** The namespace of the stack's objects. */
  get namespace(): string {
    const { namespace } = (describedBy(this.configuration) ?? {}) as any;
    if (typeof namespace === "string") return namespace;
    return this.kind === "network" ? this.stack : this.namespaceOfPlatform;
  }

  /** The namespace of the platform of the stack's environment. */
  get platformNamespace(): string {
    return this.files.of(platformStackName(`${this.environmentName}`)).namespaceOfPlatform;
  }

  /** The namespace, if this is the file of a platform; that of platforms that name none, if there is no file. */
  private get namespaceOfPlatform(): string {
    const { namespace } = (this.configuration.platform ?? {}) as any;
    return typeof namespace === "string" ? namespace : platformSchema.shape.namespace.parse(undefined);
  }

  /** The namespace of the one pod that sees its machine, if the file is of a platform that has it. */
  get machineNamespace(): string | undefined {
    const { monitoring } = (this.configuration.platform ?? {}) as any;
    return monitoring?.nodeExporter === true ? nodeExporterNamespace(this.namespace) : undefined;
  }

  /** The namespaces of the stack's objects: its own, that of the sessions of its studios, and that of the pods that see machines. */
  get namespaces(): string[] {
    const { organizations } = (this.configuration.network ?? {}) as any;
    const hasStudio = Array.isArray(organizations) && organizations.some((each: any) => each?.studio !== undefined);
    const { namespace, machineNamespace } = this;
    return [
      namespace,
      ...(hasStudio ? [studioNamespace(namespace)] : []),
      ...(machineNamespace === undefined ? [] : [machineNamespace]),
    ];
  }

  /** The environment that the stack belongs to, if it can be read. */
  get environment(): EnvironmentConfig | undefined {
    return this.once("environment", () => {
      const name = this.environmentName;
      return name === undefined ? undefined : readEnvironment(this.projectDir, name, this.file, this.root);
    });
  }

  /** Name of the environment. */
  get environmentName(): string | undefined {
    const { environment } = (describedBy(this.configuration) ?? {}) as any;
    return typeof environment === "string" ? environment : undefined;
  }

  /** Path of the environment's file, relative to the project. */
  get environmentFile(): string {
    return environmentFile(`${this.environmentName}`);
  }

  /** Where the environment can allow something by name, for the end of a message. */
  orAllow(policy: string, setting: string): string {
    return `, or allow it by policies.${policy}.${setting} in ${this.environmentFile}`;
  }

  /** The network that the file describes. */
  get plan(): NetworkPlan | undefined {
    return this.once("plan", () => parseNetwork(this.projectDir, this.configuration).plan);
  }

  /** The Ethereum network that the file describes. */
  get ethereum(): EthereumPlan | undefined {
    return this.once("ethereum", () => parseEthereum(this.projectDir, this.configuration).plan);
  }

  /** What `pods` of the environment and of the file add to pods. */
  get pods(): PodsPlan | undefined {
    return this.once("pods", () => {
      const { pods } = (this.configuration.platform ?? {}) as any;
      return (
        this.plan?.pods ??
        this.ethereum?.pods ??
        (this.environment && planPods(this.environment, platformPodsSchema.optional().parse(pods)))
      );
    });
  }

  /** What `pods` of the environment alone adds to pods. */
  get podsOfEnvironment(): PodsPlan | undefined {
    return this.once("podsOfEnvironment", () => this.environment && planPods(this.environment));
  }

  /** Workloads of the network by their names, each with its kind. */
  get instances(): ReadonlyMap<string, "StatefulSet" | "Deployment" | "Job"> {
    return (
      this.once("instances", () => new Map([...instancesOf(this.plan), ...instancesOfEthereum(this.ethereum)])) ??
      new Map()
    );
  }

  /** What all stacks of the project claim. */
  get claims(): Claims[] {
    return this.once("claims", () => this.files.claims) ?? [];
  }

  /** An object as it was before: at the last `baas apply` from here, or at the revision that a preview compares with. */
  before({ urn, within }: KubernetesObject): KubernetesObject | undefined {
    if (within !== undefined) return undefined;
    const recorded = this.record?.resources.find((resource) => resource.urn === urn);
    return recorded && objectOf(recorded.type, recorded.inputs, urn);
  }

  private get record(): StoredRecord | undefined {
    return this.once("record", () => readStoredRecord(recordFile(this.files.recordsDir, this.stack)));
  }

  /** Time of {@link before}, for a sentence in the perfect tense: `since the last apply`. */
  get sinceWhen(): string {
    const { revision } = this.record ?? {};
    return revision === undefined ? "since the last apply" : `as of ${revision}`;
  }

  /**
   * Where an object comes from: file and path, and the object.
   *
   * @param fields - what decides the matter, below the part of the file that describes the object
   */
  place(object: KubernetesObject, fields: Fields = {}): string {
    const role = roleOf(object);
    const field = role !== undefined && Object.hasOwn(fields, role) ? fields[role] : undefined;
    const path = `${this.section(object, role)}${field === undefined ? "" : `.${field}`}`;
    return `${this.file}: ${path}: ${called(object)}`;
  }

  /** Source file that registers an object, for matters that no field of the stack file decides: `components/fabric/peer.ts`. */
  component({ urn }: KubernetesObject): string {
    const component = parseUrn(urn)
      .qualifiedType.split("$")
      .flatMap((type) => /^[^:]+:index:(.)(\w*)$/.exec(type) ?? [])
      .slice(-3);
    const [, first = "", rest = ""] = component;
    if (first === "") return "the program";
    return this.files.component(`${first.toLowerCase()}${rest}.ts`) ?? "the program";
  }

  private section(object: KubernetesObject, role: Role | undefined): string {
    const { root } = this;
    const network = this.configuration.network as any;
    const { organizations = [], channels = [], chaincodes = [] } = network ?? {};
    const entry = (list: string, index: number): string => `${root}.${list}${index < 0 ? "" : `[${index}]`}`;
    const named = (list: any, name: unknown): number =>
      Array.isArray(list) ? list.findIndex((each) => each?.name === name) : -1;
    if (network === undefined) {
      return role === "gateway" || role === "json-rpc" ? `${root}.gateway` : root;
    }
    if (object.kind === "Channel") return entry("channels", named(channels, object.body.spec?.name));
    if (object.kind === "Chaincode") {
      const { name, channel } = object.body.spec ?? {};
      const index = (chaincodes as any[]).findIndex((each) => each?.name === name && each?.channel === channel);
      return entry("chaincodes", index);
    }
    const organization = organizationOf(object);
    const index = named(organizations, organization);
    switch (role) {
      case "orderer":
        return `${root}.ordering`;
      case "certificate-authority":
        return index < 0 ? `${root}.ordering.organization` : entry("organizations", index);
      case "peer":
        return entry("organizations", index);
      case "gateway":
        return `${root}.gateway`;
      case "api":
        return `${root}.api`;
      case "chaincode":
      case "client": {
        const instance = object.labels[instanceLabel];
        const place = this.plan?.chaincodes.findIndex(
          ({ servers, smokeTest }) => smokeTest?.name === instance || servers.some(({ name }) => name === instance),
        );
        return entry("chaincodes", place ?? -1);
      }
      default:
        return index < 0 ? root : entry("organizations", index);
    }
  }

  private get project(): string {
    return this.once("project", () => readProject(this.projectDir).name) ?? "";
  }

  private get configuration(): StackConfiguration {
    const read = (): StackConfiguration => readConfiguration(this.projectDir, this.stack);
    return this.once("configuration", read) ?? { project: this.project, stack: this.stack };
  }

  private once<T>(key: string, read: () => T): T | undefined {
    if (!this.cache.has(key)) {
      let value: T | undefined;
      try {
        value = read();
      } catch {
        // The stack's program reports the file's mistakes.
      }
      this.cache.set(key, value);
    }
    return this.cache.get(key) as T | undefined;
  }
}

function instancesOf(plan: NetworkPlan | undefined): [name: string, kind: "StatefulSet" | "Deployment" | "Job"][] {
  if (plan === undefined) return [];
  const organizations = [plan.ordering.organization, ...plan.organizations];
  const nodes = organizations.flatMap((organization) => [
    organization.certificateAuthority,
    ...joiningPeers(organization),
    ...organization.orderers,
  ]);
  const servers = plan.chaincodes.flatMap((chaincode) => chaincode.servers);
  const tests = plan.chaincodes.flatMap(({ smokeTest }) => smokeTest ?? []);
  return [
    ...nodes.map(({ name }) => [name, "StatefulSet"] as [string, "StatefulSet"]),
    ...[...servers, ...(plan.gateway === undefined ? [] : [plan.gateway]), ...(plan.studio?.sessions ?? [])].map(
      ({ name }) => [name, "Deployment"] as [string, "Deployment"],
    ),
    ...tests.map(({ name }) => [name, "Job"] as [string, "Job"]),
  ];
}

function instancesOfEthereum(
  plan: EthereumPlan | undefined,
): [name: string, kind: "StatefulSet" | "Deployment" | "Job"][] {
  if (plan === undefined) return [];
  const nodes = [...plan.validators, ...plan.bootnodes, ...plan.rpcNodes];
  return [
    ...nodes.map(({ name }) => [name, "StatefulSet"] as [string, "StatefulSet"]),
    ...(plan.gateway === undefined ? [] : [gatewayName, jsonRpcName]).map(
      (name) => [name, "Deployment"] as [string, "Deployment"],
    ),
    ...(plan.smokeTest ? [[ethereumSmokeTestName, "Job"] as [string, "Job"]] : []),
  ];
}

/** The controller's environment in a cluster, from the stacks of the platform and the networks, without the controller. */
import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

import { desiredObjects } from "../../cli/engine/apply/desiredObjects";
import { connect, type Connection } from "../../cli/engine/cluster/clusterConnection";
import { Discovery } from "../../cli/engine/cluster/discovery";
import type { KubernetesObject } from "../../cli/engine/cluster/kubernetesObject";
import { runProgram } from "../../cli/engine/program/programs";
import { run } from "../../local-cluster/run";
import type { LocalCluster } from "../../local-cluster/runningCluster";
import { apiVersion } from "../../model/contracts/apiGroup";
import { controllerName } from "../../model/contracts/names";
import { definitions } from "../../model/customResources";
import { ProjectCopy } from "../projectCopy";

/** The objects of a stack that the controller needs before it can run. */
const foundations = [
  "ValidatingAdmissionPolicy",
  "ValidatingAdmissionPolicyBinding",
  "Namespace",
  "CustomResourceDefinition",
  "ServiceAccount",
  "ClusterRole",
  "ClusterRoleBinding",
  "Role",
  "RoleBinding",
];

/** A cluster with the custom resource definitions, and with the controller's account and permissions. */
export class ControllerPlatform {
  private constructor(
    private readonly cluster: LocalCluster,
    private readonly connection: Connection,
    private discovery: Discovery,
    /** Gives the controller its permissions in a network's namespace. */
    private readonly access: KubernetesObject,
    /** Namespace of the controller. */
    readonly namespace: string,
  ) {}

  /** Applies the objects of the stack platform-local, except the controller itself. */
  static async install(cluster: LocalCluster): Promise<ControllerPlatform> {
    const project = new ProjectCopy();
    try {
      const declared = async (stack: string) =>
        desiredObjects(await runProgram({ projectDir: project.dir, stack, dryRun: false })).map(({ object }) => object);
      const objects = await declared("platform-local");
      const access = (await declared("dev")).find(({ metadata }) => metadata.name === controllerName)!;
      const { metadata } = objects.find(({ kind }) => kind === "ServiceAccount")!;
      const connection = await connect(cluster.context);
      const platform = new ControllerPlatform(cluster, connection, connection.discovery, access, metadata.namespace!);
      for (const kind of foundations) {
        await Promise.all(objects.filter((object) => object.kind === kind).map((object) => platform.apply(object)));
      }
      for (
        let waited = 0;
        definitions.some(({ kind }) => platform.discovery.find({ apiVersion, kind }) === undefined);
      ) {
        if ((waited += 200) > 30_000) throw new Error("the custom resource definitions are not served");
        await sleep(200);
        platform.discovery = await Discovery.load(connection.api);
      }
      return platform;
    } finally {
      project.remove();
    }
  }

  /** Writes a kubeconfig with the controller's identity. */
  writeKubeconfig(file: string): Promise<void> {
    return writeControllerKubeconfig((...args) => this.kubectl(...args), this.namespace, file);
  }

  /** Creates the namespace of a network, with the controller's permissions as in the network's stack. */
  async network(name: string): Promise<NetworkNamespace> {
    // The objects that the tests put into it are those of the network dev.
    const { labels } = this.access.metadata;
    await this.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name, labels } });
    await this.apply({ ...this.access, metadata: { ...this.access.metadata, namespace: name } });
    return new NetworkNamespace(this, name);
  }

  /** Applies an object as `baas apply` does, with strict validation. */
  apply(object: KubernetesObject): Promise<KubernetesObject> {
    return this.connection.api.apply(this.typeOf(object), object);
  }

  /** An object as it is now. */
  get(namespace: string, kind: string, name: string): Promise<KubernetesObject | undefined> {
    return this.connection.api.get(this.typeOf({ apiVersion: versionOf(kind), kind }), namespace, name);
  }

  /** All objects of a kind in a namespace. */
  async list(namespace: string, kind: string): Promise<KubernetesObject[]> {
    const type = this.typeOf({ apiVersion: versionOf(kind), kind });
    return (await this.connection.api.list(type, { namespace })).items;
  }

  /** Runs kubectl as the administrator. */
  kubectl(...args: string[]): Promise<string> {
    return run(this.cluster.kubectl, ["--kubeconfig", this.cluster.kubeconfig, ...args]);
  }

  /** Closes the connection to the cluster; what is applied stays. */
  close(): void {
    this.connection.close();
  }

  private typeOf({ apiVersion, kind }: Pick<KubernetesObject, "apiVersion" | "kind">) {
    return this.discovery.get(apiVersion, kind);
  }
}

/**
 * Writes a kubeconfig with the controller's identity.
 *
 * @param kubectl - runs kubectl as the administrator
 * @param namespace - the controller's
 */
export async function writeControllerKubeconfig(
  kubectl: (...args: string[]) => Promise<string>,
  namespace: string,
  file: string,
): Promise<void> {
  const view = JSON.parse(await kubectl("config", "view", "--raw", "--output=json"));
  const token = await kubectl("create", "token", controllerName, "--namespace", namespace);
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: view.clusters,
    users: [{ name: controllerName, user: { token: token.trim() } }],
    contexts: [{ name: "only", context: { cluster: view.clusters[0].name, user: controllerName } }],
    "current-context": "only",
  };
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
}

/** The namespace of one network. */
export class NetworkNamespace {
  constructor(
    private readonly platform: ControllerPlatform,
    readonly name: string,
  ) {}

  /** Applies an object as `baas apply` does; only the double of the Kubernetes API needs its collection. */
  apply(_collection: string, object: Record<string, any>): Promise<KubernetesObject> {
    return this.platform.apply(object as KubernetesObject);
  }

  /** An object as it is now. */
  get(kind: string, name: string): Promise<KubernetesObject | undefined> {
    return this.platform.get(this.name, kind, name);
  }

  /** Runs kubectl in the namespace. */
  kubectl(...args: string[]): Promise<string> {
    return this.platform.kubectl("--namespace", this.name, ...args);
  }

  /** Deletes the network's objects, so that no controller watches them any more, and then the namespace. */
  async remove(): Promise<void> {
    await this.kubectl("delete", definitions.map(({ plural }) => plural).join(), "--all");
    await this.platform.kubectl("delete", "namespace", this.name, "--wait=false");
  }
}

const versionOf = (kind: string): string => (definitions.some((known) => known.kind === kind) ? apiVersion : "v1");
